// The page of the relay: shows the account and the latest calls of the user whose token came in the address.

const refreshMs = 3000;

const element = (id) => document.getElementById(id);

// The token leaves the address bar at once, so that it is neither copied nor kept in the history.
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) {
    sessionStorage.setItem('token', token);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem('token');
}

async function ask(token, path, options = {}) {
  const headers = { ...options.headers, Authorization: `Bearer ${token}` };
  const response = await fetch(path, { ...options, headers });
  const answer = await response.json();
  if (!answer.success) throw Object.assign(new Error(answer.error), { status: response.status });
  return answer;
}

function callRow(call) {
  const row = document.createElement('tr');
  const cells = [
    new Date(call.createdAt).toLocaleString(),
    call.phoneNumber,
    call.country,
    call.rejectReason ? `${call.status} (${call.rejectReason})` : call.status,
    call.durationSeconds,
    call.durationMinutes,
    call.creditsUsed,
  ];
  for (const text of cells) row.insertCell().textContent = text ?? '';
  return row;
}

async function refresh(token) {
  const [account, history] = await Promise.all([
    ask(token, 'api/account'),
    ask(token, 'api/calls/history?limit=20'),
  ]);
  for (const name of ['balance', 'held', 'available']) element(name).textContent = account[name];
  element('calls').tBodies[0].replaceChildren(...history.calls.map(callRow));
  element('calls').hidden = history.calls.length === 0;
  element('no-calls').hidden = history.calls.length > 0;
}

async function placeCall(token, number) {
  const { callSid, country, rate } = await ask(token, 'api/call', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ to: number }),
  });
  return `Calling ${country} at ${rate} credits a minute (${callSid})`;
}

// Shows what became of an action, also when it failed.
async function report(output, action) {
  try {
    element(output).textContent = (await action()) ?? '';
  } catch (error) {
    element(output).textContent = error.message;
  }
}

async function showReadiness() {
  const answer = await (await fetch('readyz')).json();
  return answer.success ? `Version ${answer.version}, ready.` : answer.error;
}

const token = takeToken();
element(token ? 'signed-in' : 'signed-out').hidden = false;
report('ready', showReadiness);

if (token) {
  element('call').addEventListener('submit', (event) => {
    event.preventDefault();
    report('outcome', () => placeCall(token, element('number').value));
  });
  const keepFresh = async () => {
    try {
      await refresh(token);
      element('problem').textContent = '';
    } catch (error) {
      element('problem').textContent = error.message;
      if (error.status === 401) return sessionStorage.removeItem('token');
    }
    setTimeout(keepFresh, refreshMs);
  };
  keepFresh();
}
