import { expect, it } from 'vitest';
import { Kept } from '../src/phone/storage.ts';

const forbidden = new Kept(() => {
  throw new DOMException('denied', 'SecurityError');
});

it('what is kept is there for the next page', () => {
  new Kept(() => localStorage).set('a', '1');
  expect(new Kept(() => localStorage).get('a')).toBe('1');
  new Kept(() => localStorage).set('a', null);
  expect(new Kept(() => localStorage).get('a')).toBeNull();
});

it('where a browser keeps nothing, the page does', () => {
  expect(forbidden.get('a')).toBeNull();
  forbidden.set('a', '1');
  expect(forbidden.get('a')).toBe('1');
  forbidden.set('a', null);
  expect(forbidden.get('a')).toBeNull();
});
