// @vitest-environment node
import { renderToString } from 'react-dom/server';
import { expect, it } from 'vitest';

it('is imported and rendered to a string where there is no window', async () => {
  expect(typeof window).toBe('undefined');
  const { Dialer, TwilioProvider } = await import('../src/index.ts');
  const html = renderToString(
    <TwilioProvider token={async () => null} config={{ version: '' }}>
      <Dialer />
    </TwilioProvider>,
  );
  expect(html).toContain('aria-label="Phone number"');
  expect(html).toContain('Type a number or choose a country to see the price.');
});
