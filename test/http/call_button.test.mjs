/** The web application's own call button, as its plan prints it, against /api/call. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startWorld, userToken } from './lib/world.mjs';

/**
 * The component's handler, word for word; React's two state hooks and the signed-in fetch come from outside.
 */
function callButton({ phoneNumber, setIsCallActive, setCallStatus, fetch, console }) {
  // prettier-ignore
  const initiateCall = async () => {
    setIsCallActive(true);
    setCallStatus('Connecting...');
    
    try {
      const response = await fetch('/api/call', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ phoneNumber })
      });
      
      const data = await response.json();
      
      if (data.success) {
        setCallStatus('Call connected');
      } else {
        setCallStatus('Call failed');
        setIsCallActive(false);
      }
    } catch (error) {
      console.error('Error:', error);
      setCallStatus('Error connecting call');
      setIsCallActive(false);
    }
  };
  return initiateCall;
}

let world;

before(async () => {
  world = await startWorld();
});
after(() => world?.stop());

/** A fetch as a page of the relay's own origin has it once its user is signed in. */
function signedInFetch(user) {
  return (path, options) =>
    fetch(world.url + path, {
      ...options,
      headers: { ...options.headers, ...(user && { Authorization: `Bearer ${userToken(user.id)}` }) },
    });
}

async function click(phoneNumber, user) {
  const states = [];
  const errors = [];
  await callButton({
    phoneNumber,
    setIsCallActive: (active) => states.push(active),
    setCallStatus: (status) => states.push(status),
    fetch: signedInFetch(user),
    console: { error: (...words) => errors.push(words) },
  })();
  return { states, errors };
}

const STARTED = [true, 'Connecting...'];

describe('the call button', () => {
  it('connects a call, which is played and billed', async () => {
    const user = await world.database.addUser('10');
    assert.deepEqual(await click('+1 876 555 1234', user), {
      states: [...STARTED, 'Call connected'],
      errors: [],
    });
    const { calls } = await world.database.books(user.id);
    await world.watch(calls[0].call_sid, 'over');
    const { balance, held } = await world.database.books(user.id);
    assert.deepEqual([balance, held], ['9.180000', '0.000000']);
    await world.database.assertIntegrity();
  });

  it('says that a call failed, without credit, number or signature', async () => {
    const failed = { states: [...STARTED, 'Call failed', false], errors: [] };
    assert.deepEqual(await click('+18765551234', await world.database.addUser('0')), failed);
    assert.deepEqual(await click('555', await world.database.addUser('10')), failed);
    assert.deepEqual(await click('+18765551234', null), failed);
    await world.database.assertIntegrity();
  });
});
