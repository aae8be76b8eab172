import { beforeEach, expect, it } from 'vitest';
import { findSession, takeToken } from '../src/page/session.ts';

beforeEach(() => history.replaceState(null, '', '/?x=1#token=a.b.c'));

it('the token leaves the address bar at once', () => {
  expect(takeToken()).toBe('a.b.c');
  expect(location.href).toMatch(/\/\?x=1$/);
});

it('a session outlives a reload, and ends when the caller signs out', async () => {
  await findSession(null);
  const session = await findSession(null);
  expect(await session?.token()).toBe('a.b.c');
  await session?.signOut();
  expect(await findSession(null)).toBeNull();
});
