// Icons that only the storefront needs: lucide, as in shared/icons.ts.
import { svg, type TemplateResult } from 'lit';
import { moon, sun } from '../shared/appearance';
import { drawn, type IconName, icon as shared } from '../shared/icons';

const paths = {
  bag: svg`<path d="M16 10a4 4 0 0 1-8 0"/><path d="M3.103 6.034h17.794"/><path d="M3.4 5.467a2 2 0 0 0-.4 1.2V20a2 2 0 0 0 2 2h14a2 2 0 0 0 2-2V6.667a2 2 0 0 0-.4-1.2l-2-2.667A2 2 0 0 0 17 2H7a2 2 0 0 0-1.6.8z"/>`,
  sun,
  moon,
  sliders: svg`<path d="M10 5H3"/><path d="M12 19H3"/><path d="M14 3v4"/><path d="M16 17v4"/><path d="M21 12h-9"/><path d="M21 19h-5"/><path d="M21 5h-7"/><path d="M8 10v4"/><path d="M8 12H3"/>`,
};

export const icon = (name: IconName | keyof typeof paths, size: 16 | 20 = 16): TemplateResult =>
  name in paths ? drawn(paths[name as keyof typeof paths], size) : shared(name as IconName, size);
