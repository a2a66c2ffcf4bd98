// A sound and a notice of the desktop for whoever waits while the agent looks elsewhere. Off until the agent switches it on: browsers ask
// for the right to it, and want a gesture before a page makes a sound.
import type { Vault } from '../shared/vault';
import type { Row } from './types';

/** Whether a change of a conversation is one that its agent should hear: its customer waits, and did not, or wrote again. */
export function rings(old: Row | undefined, now: Row, me: string): boolean {
  if (now.state === 'closed' || now.waiting === null) return false;
  if (now.owner.kind === 'assistant' || (now.owner.kind === 'agent' && now.owner.agent !== me)) return false;
  return !old || old.waiting === null || old.last_user !== now.last_user;
}

export class Bell {
  private readonly vault: Vault;
  private sound: AudioContext | undefined;

  constructor(vault: Vault) {
    this.vault = vault;
  }

  get on(): boolean {
    return this.vault.get('bell') === 'on';
  }

  async toggle(): Promise<void> {
    this.vault.set('bell', this.on ? undefined : 'on');
    if (!this.on) return;
    this.beep();
    if (globalThis.Notification?.permission === 'default')
      await Notification.requestPermission().catch(() => 'denied');
  }

  ring(id: string, title: string, body: string, open: () => void): void {
    if (!this.on) return;
    this.beep();
    if (!document.hidden || globalThis.Notification?.permission !== 'granted') return;
    const n = new Notification(title, { body, tag: id }); // a later one of the same conversation takes its place
    n.onclick = () => {
      window.focus();
      open();
      n.close();
    };
  }

  /** Two short tones. */
  private beep(): void {
    try {
      this.sound ??= new AudioContext();
      const at = this.sound.currentTime;
      for (const [i, hertz] of [660, 880].entries()) {
        const tone = this.sound.createOscillator();
        const loud = this.sound.createGain();
        tone.frequency.value = hertz;
        loud.gain.setValueAtTime(0.08, at + i * 0.14);
        loud.gain.exponentialRampToValueAtTime(0.001, at + i * 0.14 + 0.12);
        tone.connect(loud).connect(this.sound.destination);
        tone.start(at + i * 0.14);
        tone.stop(at + i * 0.14 + 0.13);
      }
    } catch {
      // a browser without sound
    }
  }
}
