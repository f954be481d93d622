/**
 * What the shop's pages tell of a visitor, and the rows that are recommended for one.
 *
 * Before a yes, and after a no, what was looked at is in this tab's sessionStorage only: it goes along with a request for
 * recommendations, and the server keeps nothing of it. After a yes a random number is in localStorage, and what happens is
 * sent under that number. A later no has the server erase all that is kept under it, then drops the number.
 */

const TOKEN = document.querySelector('script[data-website-token]')?.dataset.websiteToken ?? '';
const API = '/api/v1/widget';
/** Things of one visit that a page remembers, and the server takes at once. */
const MOST = 50;

// ---------------------------------------------------------------- what is kept here

/** JSON under a key of a storage. Where storage is blocked, nothing is remembered beyond the page. */
class Kept {
  constructor(storage, name) {
    this.storage = storage;
    this.key = `shopkeeper:${TOKEN}:${name}`;
    this.memory = null;
  }

  read() {
    try {
      return JSON.parse(window[this.storage].getItem(this.key)) ?? this.memory;
    } catch {
      return this.memory;
    }
  }

  write(value) {
    this.memory = value;
    try {
      if (value === null) window[this.storage].removeItem(this.key);
      else window[this.storage].setItem(this.key, JSON.stringify(value));
    } catch { /* memory lasts as long as the page */ }
  }
}

/** `{id}`, only after a yes; `{id, erase: true}` while the server has yet to hear of a no. */
const visitor = new Kept('localStorage', 'visitor');
/** `[{item, kind}]` of this visit, oldest first; empty after a yes. */
const visit = new Kept('sessionStorage', 'visit');
/** Whether this tab's reader said no, so that they are not asked again. */
const refusal = new Kept('sessionStorage', 'refusal');

function remembered() {
  const known = visitor.read();
  return known?.id && !known.erase ? known.id : null;
}

const random = () => [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, '0')).join('');

// ---------------------------------------------------------------- what is told

/** Sends JSON and returns the answer's text. */
async function send(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body ? { 'content-type': 'application/json' } : {},
    body: body && JSON.stringify({ website_token: TOKEN, ...body }),
    // A click leaves the page before the answer comes.
    keepalive: true,
  });
  if (!answer.ok) throw Object.assign(new Error(path), { status: answer.status });
  return answer.text();
}

const post = (id, events) => send('POST', `${API}/events`, {
  visitor: id,
  events: events.map((event) => ({ id: random(), ...event })),
});

/** Notes that something happened with an item: with the server after a yes, in this tab otherwise. */
async function note(item, kind) {
  const id = remembered();
  if (id) {
    await post(id, [{ item, kind }]).catch(() => {});
    return;
  }
  const before = (visit.read() ?? []).filter((event) => event.item !== item || event.kind !== kind);
  visit.write([...before, { item, kind }].slice(-MOST));
}

// ---------------------------------------------------------------- the rows

/** The HTML of a row for this visitor, or nothing where nothing is known of them or the server can't be asked. */
async function rowForYou(exclude, n) {
  const id = remembered();
  const events = id ? [] : visit.read() ?? [];
  if (!id && !events.length) return '';
  const body = { n, exclude: [...exclude, ...elsewhere()] };
  const who = id ? { visitor: id } : { events };
  try {
    return await send('POST', '/shop/for-you', { ...who, ...body });
  } catch (error) {
    // An item of the visit has left the catalogue.
    if (!id && error.status === 422) visit.write(null);
    return '';
  }
}

/** What the page shows already, outside the row. */
function elsewhere() {
  const shown = [...document.querySelectorAll('[data-viewed], [data-item]')].filter((node) => !place?.contains(node));
  return shown.map((node) => node.dataset.viewed ?? node.dataset.item);
}

const ROW = 5;
const place = document.querySelector('[data-for-you]');

async function fillRow() {
  if (!place) return;
  const html = (await rowForYou([], ROW)).trim();
  if (!html) return;
  place.innerHTML = html;
  place.hidden = false;
}

/** Takes a card away, puts the next one into its place, and leaves the focus where its reader goes on. */
async function dismiss(button) {
  const card = button.closest('[data-item]');
  const row = card.closest('.products');
  const title = card.querySelector('.product-title').textContent;
  const shown = [...row.children].map((other) => other.dataset.item);
  const next = card.nextElementSibling ?? card.previousElementSibling;
  const noted = note(card.dataset.item, 'dismiss');
  (next?.querySelector('[data-dismiss]') ?? row.previousElementSibling)?.focus();
  card.remove();
  say(document.body.dataset.dismissed.replace('{item}', title));
  await noted;
  const more = document.createElement('template');
  more.innerHTML = await rowForYou(shown, 1);
  const other = more.content.querySelector('[data-item]');
  if (other && row.isConnected) row.append(other);
  else if (!row.children.length) place.hidden = true;
}

/** Says something to whoever sees the page and whoever hears it. */
function say(text) {
  let live = document.querySelector('.said');
  if (!live) {
    live = Object.assign(document.createElement('p'), { className: 'said' });
    live.setAttribute('role', 'status');
    document.body.append(live);
  }
  live.textContent = '';
  // Screen readers speak of a change, not of what was there from the start.
  setTimeout(() => { live.textContent = text; }, 50);
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { live.textContent = ''; }, 8000);
}

// ---------------------------------------------------------------- the choice

const choice = document.querySelector('[data-consent]');

function showChoice() {
  if (!choice) return;
  const always = choice.dataset.consent === 'always';
  const answer = remembered() ? 'yes' : visitor.read()?.erase || refusal.read() ? 'no' : '';
  choice.hidden = Boolean(answer) && !always;
  if (always) {
    for (const button of choice.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button.value === answer));
    }
  }
}

/** Begins to remember, what happened during this visit too: the words beside the question say so. */
async function agree() {
  if (remembered()) return choice.dataset.yes;
  // Who said no before and now says yes is somebody new: what the old number stands for goes.
  await erase();
  const id = `v_${random()}`;
  visitor.write({ id });
  refusal.write(null);
  const events = visit.read() ?? [];
  visit.write(null);
  if (events.length) await post(id, events).catch(() => {});
  return choice.dataset.yes;
}

async function refuse() {
  refusal.write(true);
  const known = visitor.read();
  if (!known?.id) return choice.dataset.no;
  visitor.write({ ...known, erase: true });
  return (await erase()) ? choice.dataset.erased : choice.dataset.failed;
}

/** Has the server erase a visitor who said no; until it has, each page tries again. */
async function erase() {
  const known = visitor.read();
  if (!known?.erase) return false;
  try {
    await send('DELETE', `${API}/visitors/${known.id}?website_token=${encodeURIComponent(TOKEN)}`);
  } catch {
    return false;
  }
  if (visitor.read()?.id === known.id) visitor.write(null);
  return true;
}

choice?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const focused = choice.contains(document.activeElement);
  const said = await (event.submitter?.value === 'yes' ? agree() : refuse());
  if (choice.dataset.consent === 'always') {
    showChoice();
    say(said);
  } else {
    // The answer stands where the question was, and whoever works by keyboard goes on from there.
    const line = choice.querySelector('p');
    line.textContent = said;
    line.tabIndex = -1;
    choice.querySelector('.consent-choice').hidden = true;
    if (focused) line.focus({ preventScroll: true });
    else say(said);
  }
  if (place?.hasAttribute('data-own-only') && !remembered() && !visit.read()?.length) place.hidden = true;
  await fillRow();
});

// ---------------------------------------------------------------- begin

/** Who agreed to be remembered is named with an order; of anybody else nothing is sent along. */
document.addEventListener('submit', (event) => {
  const added = event.target.dataset.cartAdd;
  if (added) note(added, 'cart');
  const field = event.target.querySelector('[data-visitor]');
  if (field) field.value = remembered() ?? '';
}, true);

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-dismiss]');
  if (button) {
    dismiss(button);
    return;
  }
  const card = event.target.closest('[data-kind] a')?.closest('[data-item]');
  if (card) note(card.dataset.item, card.closest('[data-kind]').dataset.kind);
});

showChoice();
await erase();
const viewed = document.querySelector('[data-viewed]')?.dataset.viewed;
if (viewed) await note(viewed, 'view');
await fillRow();
