/** A plugin of Vite's: leaves beside each built file what it is compressed, for a server that does not compress. */
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Below this many bytes saved another form is not worth keeping. */
const SAVED_BYTES_MIN = 128;

function compressFile(path: string) {
  const plain = readFileSync(path);
  const forms = {
    '.br': brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    '.gz': gzipSync(plain, { level: 9 }),
  };
  for (const [ending, bytes] of Object.entries(forms))
    if (bytes.length + SAVED_BYTES_MIN < plain.length) writeFileSync(path + ending, bytes);
}

export function compress(): Plugin {
  let directory = '';
  return {
    name: 'compress',
    apply: 'build',
    configResolved({ root, build }) {
      directory = join(root, build.outDir);
    },
    closeBundle() {
      for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
        const path = join(directory, name);
        if (statSync(path).isFile()) compressFile(path);
      }
      // The newest file of all: what make compares the sources with.
      const now = new Date();
      utimesSync(join(directory, 'index.html'), now, now);
    },
  };
}
