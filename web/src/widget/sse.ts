// Server-sent events out of a byte stream, as the HTML standard reads them.

export interface Frame {
  id?: string; // the last id seen, as the standard keeps it
  data: string;
}

/** Splits text that arrives in pieces. Feed returns the frames that a piece completed. */
export class FrameReader {
  private rest = '';
  private data: string[] = [];
  private id: string | undefined;
  private started = false;

  feed(piece: string): Frame[] {
    if (piece === '') return [];
    let text = this.rest + piece;
    if (!this.started) {
      this.started = true;
      if (text.startsWith('\ufeff')) text = text.slice(1);
    }
    // A carriage return at the very end may be half of a CRLF: wait for the next piece.
    const held = text.endsWith('\r') ? '\r' : '';
    if (held) text = text.slice(0, -1);
    const lines = text.split(/\r\n|\r|\n/);
    this.rest = lines.pop()! + held;
    const out: Frame[] = [];
    for (const line of lines) {
      const frame = this.line(line);
      if (frame) out.push(frame);
    }
    return out;
  }

  private line(line: string): Frame | undefined {
    if (line === '') {
      if (this.data.length === 0) return undefined;
      const frame: Frame = { data: this.data.join('\n') };
      if (this.id !== undefined) frame.id = this.id;
      this.data = [];
      return frame;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return undefined; // a comment keeps the connection alive
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'data') this.data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    return undefined;
  }
}

/** The frames of a response's body. Ends when the body ends; an unfinished frame is dropped, as the standard says. */
export async function* frames(body: ReadableStream<Uint8Array>): AsyncGenerator<Frame, void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const split = new FrameReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* split.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {}); // leaving early frees the connection; the server's grace time decides about the turn
  }
}
