/** A plugin of Vite's: `virtual:flags` is the URL of one SVG file with a symbol for each country of country-flag-icons. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

const NAME = 'virtual:flags';
const INNER = /<svg[^>]*viewBox="([^"]*)"[^>]*>(.*)<\/svg>/s;

function sprite() {
  const folder = join(dirname(createRequire(import.meta.url).resolve('country-flag-icons')), '3x2');
  const symbols = readdirSync(folder)
    .filter((name) => /^[A-Z]{2}\.svg$/.test(name))
    .sort()
    .map((name) => {
      const [, box, drawing] = INNER.exec(readFileSync(join(folder, name), 'utf8')) ?? [];
      return `<symbol id="${name.slice(0, 2)}" viewBox="${box}" preserveAspectRatio="xMidYMid slice">${drawing}</symbol>`;
    });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
}

export function flagSprite(): Plugin {
  let building = false;
  return {
    name: 'flag-sprite',
    configResolved({ command }) {
      building = command === 'build';
    },
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return;
      if (!building)
        return `export default ${JSON.stringify(`data:image/svg+xml,${encodeURIComponent(sprite())}`)}`;
      const file = this.emitFile({ type: 'asset', name: 'flags.svg', source: sprite() });
      return `export default import.meta.ROLLUP_FILE_URL_${file}`;
    },
  };
}
