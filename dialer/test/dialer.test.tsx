import { act, fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Dialer, TwilioProvider, useTwilio } from '../src/index.ts';
import { loadMessages } from '../src/i18n/index.ts';
import { CHECK, fakeRelay, FakeLive, FakeVoice, liveCall } from './fakes.ts';

beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

const parts = { Voice: FakeVoice, Live: FakeLive } as unknown as object;

const dialer = (props: object = {}) => (
  <TwilioProvider token={async () => 'jwt'} config={{ version: '' }} parts={parts} {...props}>
    <Dialer />
  </TwilioProvider>
);

describe('the dialer', () => {
  it('shows the price of the number that is typed, and calls it', async () => {
    fakeRelay();
    render(dialer());
    const user = userEvent.setup();
    await user.type(screen.getByRole('textbox', { name: 'Phone number' }), '18764441234');
    await screen.findByText('Jamaica · $0.305 a minute');
    await screen.findByText('up to 65 min with your $20.00');
    await user.click(screen.getByRole('button', { name: 'Call' }));
    await screen.findAllByText('Connecting');
    act(() => FakeVoice.latest.ring());
    await screen.findAllByText('Ringing');
    act(() => FakeVoice.latest.open());
    await screen.findByText('Jamaica · $0.305 so far');
    await user.click(screen.getByRole('button', { name: 'Mute' }));
    expect(screen.getByRole('button', { name: 'Muted' }).getAttribute('aria-pressed')).toBe('true');
  });

  it('keeps the caret where the caller edits', async () => {
    fakeRelay();
    render(dialer());
    const user = userEvent.setup();
    const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'Phone number' });
    await user.type(field, '18764441234');
    field.setSelectionRange(4, 4);
    await user.type(field, '5', { initialSelectionStart: 4, initialSelectionEnd: 4 });
    expect(field.value.replace(/\D/g, '')).toBe('185764441234');
    expect(field.value.slice(0, field.selectionStart ?? 0).replace(/\D/g, '')).toBe('185');
  });

  it('takes a pasted number in any notation', async () => {
    fakeRelay();
    render(dialer());
    const user = userEvent.setup();
    const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'Phone number' });
    await user.click(field);
    await user.paste('0044 (0)20 7946-0958');
    expect(field.value).toBe('+44 20 7946 0958');
  });

  it.each(['tel:+442079460958', 'Office: +44 20 7946 0958'])('takes %s for a number', async (pasted) => {
    fakeRelay();
    render(dialer());
    const user = userEvent.setup();
    const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'Phone number' });
    await user.click(field);
    await user.paste(pasted);
    expect(field.value).toBe('+44 20 7946 0958');
  });

  it('says what a number lacks that begins with no country', async () => {
    fakeRelay();
    render(dialer());
    await userEvent.setup().type(screen.getByRole('textbox', { name: 'Phone number' }), '02079460958');
    await screen.findByText(/no number that can be called. Check it, with its country code/);
  });

  it('asks for the price again once the relay is back', async () => {
    let away = true;
    fakeRelay({ '/api/credits/check': () => (away ? { status: 503, code: 'busy' } : CHECK) });
    render(dialer());
    await userEvent.setup().type(screen.getByRole('textbox', { name: 'Phone number' }), '18764441234');
    await screen.findByText(/Worldtune is busy/);
    away = false;
    await screen.findByText('Jamaica · $0.305 a minute');
  });

  it('tells during the call that it could not be ended', async () => {
    fakeRelay({ '/api/twilio/hangup': { status: 503, code: 'busy' } });
    render(dialer({ config: { version: '', liveUrl: 'ws://relay/live' } }));
    const ready = { type: 'ready', seq: 1, balance: '20', available: '0', calls: [liveCall()] } as const;
    act(() => FakeLive.latest.handlers.onReady({ ...ready, calls: [...ready.calls] }));
    await userEvent.setup().click(await screen.findByRole('button', { name: 'Hang up' }));
    expect((await screen.findByRole('alert')).textContent).toMatch(/Worldtune is busy/);
  });

  it('neither ends a call nor begins one by a second click', async () => {
    fakeRelay();
    render(dialer());
    const user = userEvent.setup();
    await user.type(screen.getByRole('textbox', { name: 'Phone number' }), '18764441234');
    await screen.findByText('Jamaica · $0.305 a minute');
    await user.click(screen.getByRole('button', { name: 'Call' }));
    const voice = FakeVoice.latest;
    await vi.waitFor(() => expect(voice.dial).toHaveBeenCalledTimes(1));
    act(() => voice.open());
    fireEvent.click(screen.getByRole('button', { name: 'Hang up' }), { detail: 2 });
    expect(voice.hangUp).not.toHaveBeenCalled();
    act(() => voice.end());
    const again = screen.getByRole('button', { name: 'Call again' });
    fireEvent.click(again, { detail: 2 });
    fireEvent.click(again, { detail: 1 });
    expect(screen.queryByRole('button', { name: 'Hang up' })).toBeNull();
    const wait = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 1000);
    fireEvent.click(again, { detail: 1 });
    wait.mockRestore();
    await screen.findByRole('button', { name: 'Hang up' });
  });

  it('shows what a call cost, however it ended', async () => {
    fakeRelay();
    render(dialer({ config: { version: '', liveUrl: 'ws://relay/live' } }));
    const call = liveCall({ durationSeconds: 30 });
    const ended = { ...call, type: 'call.ended', seq: 2, at: '', billedSeconds: 60, why: null } as const;
    act(() => {
      const { handlers } = FakeLive.latest;
      handlers.onReady({ type: 'ready', seq: 1, balance: '20', available: '0', calls: [call] });
      handlers.onEvent({ ...ended, status: 'failed' }, false);
    });
    await screen.findByText('1 min billed of 0:30 talked');
    expect(screen.queryByText(/Nothing was charged/)).toBeNull();
  });

  it('opens the way out of a refusal', async () => {
    fakeRelay({ '/api/credits/check': { ...CHECK, allowed: false, reason: 'insufficient_credit' } });
    const topUp = vi.fn();
    render(dialer({ onTopUp: topUp }));
    const user = userEvent.setup();
    await user.type(screen.getByRole('textbox', { name: 'Phone number' }), '18764441234');
    await user.click(await screen.findByRole('button', { name: 'Add credit' }));
    expect(topUp).toHaveBeenCalled();
    expect(screen.getByRole('button', { name: 'Call' }).getAttribute('aria-disabled')).toBe('true');
  });

  it('speaks the caller’s language', async () => {
    fakeRelay();
    render(dialer({ locale: 'de', messages: await loadMessages('de') }));
    await screen.findByRole('textbox', { name: 'Telefonnummer' });
    expect((await screen.findAllByText(/20,00/)).length).toBeGreaterThan(0);
  });
});

it('useTwilio says where it belongs', () => {
  const Lost = () => <p>{useTwilio().status}</p>;
  vi.spyOn(console, 'error').mockImplementation(() => {});
  expect(() => render(<Lost />)).toThrow(/within a TwilioProvider/);
});
