/** Script of the inbox page. Texts from messages go into the page as text nodes only. */
export const PAGE_CLIENT = String.raw`
(() => {
  const $ = (id) => document.getElementById(id);
  const el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === 'text') node.textContent = value; else if (name.startsWith('on')) node.addEventListener(name.slice(2), value); else if (value !== false && value !== null) node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children);
    return node;
  };
  const state = { all: [], seen: null, open: decodeURIComponent(location.hash.slice(1)), shown: null, tab: '', query: '', loading: 0 };
  const number = new Intl.NumberFormat();
  const size = (octets) => octets < 1024 ? octets + ' B' : octets < 1048576 ? (octets / 1024).toFixed(1) + ' kB' : (octets / 1048576).toFixed(1) + ' MB';
  const hue = (text) => [...text].reduce((sum, char) => (sum * 31 + char.codePointAt(0)) % 360, 7);
  const when = (iso) => {
    const at = new Date(iso);
    return at.toDateString() === new Date().toDateString() ? at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }) : at.toLocaleDateString([], { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  };

  const visible = () => {
    const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
    return state.all.filter((message) => {
      const text = (message.subject + ' ' + message.envelope_to + ' ' + message.envelope_from).toLowerCase();
      return words.every((word) => text.includes(word));
    });
  };

  function drawList() {
    const found = visible();
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.id : undefined;
    $('count').textContent = state.all.length === 0 ? 'No messages yet' : state.query ? number.format(found.length) + ' of ' + number.format(state.all.length) + ' messages' : number.format(state.all.length) + (state.all.length === 1 ? ' message' : ' messages') + ', newest first';
    $('clear').disabled = state.all.length === 0;
    $('list').replaceChildren(...found.map((message) => {
      const who = message.envelope_to || '(nobody)';
      const item = el('li', { class: state.seen && !state.seen.has(message.id) ? 'new' : false },
        el('button', { type: 'button', 'data-id': message.id, 'aria-current': message.id === state.open ? 'true' : false, onclick: () => open(message.id) },
          el('span', { class: 'avatar', 'aria-hidden': 'true', text: (who[0] || '?').toUpperCase() }),
          el('span', { class: 'who', text: who, title: who }),
          el('time', { class: 'time', datetime: message.received_at, title: message.received_at, text: when(message.received_at) }),
          el('span', { class: 'subject', text: message.subject || '(no subject)' })));
      item.querySelector('.avatar').style.setProperty('--hue', hue(who.toLowerCase()));
      return item;
    }));
    if (found.length === 0) $('list').append(el('li', { class: 'none', text: state.all.length > 0 ? 'Nothing matches.' : 'What is sent to any domain appears here by itself.' }));
    state.seen = new Set(state.all.map(({ id }) => id));
    if (focused) document.querySelector('[data-id="' + CSS.escape(focused) + '"]')?.focus({ preventScroll: true });
    $('empty').hidden = state.shown !== null;
    $('empty-title').textContent = state.all.length === 0 ? 'Waiting for the first message' : 'Pick a message';
    $('empty-text').textContent = state.all.length === 0 ? 'Everything that is sent to any domain lands here, and nowhere else. It appears by itself.' : 'Use the arrow keys to go through the list.';
  }

  async function load() {
    try {
      const response = await fetch('/messages?limit=1000');
      state.all = (await response.json()).data;
      drawList();
      if (state.open && state.shown !== state.open) await show();
    } catch { $('live').dataset.state = 'off'; }
  }

  function open(id) {
    state.open = id;
    history.replaceState(null, '', id ? '#' + encodeURIComponent(id) : location.pathname + location.search);
    document.body.dataset.open = id ? 'true' : 'false';
    drawList();
    return show();
  }

  async function show() {
    const id = state.open;
    if (!id) { state.shown = null; $('message').hidden = true; drawList(); return; }
    const response = await fetch('/messages/' + encodeURIComponent(id));
    if (id !== state.open) return;
    if (!response.ok) { state.open = ''; document.body.dataset.open = 'false'; return show(); }
    drawMessage(await response.json());
  }

  function fact(name, value, code) {
    return value ? [el('dt', { text: name }), el('dd', {}, code ? el('code', { text: value }) : document.createTextNode(value))] : [];
  }

  function drawMessage(message) {
    state.shown = message.id;
    document.body.dataset.open = 'true';
    $('empty').hidden = true;
    $('message').hidden = false;
    document.title = (message.subject || '(no subject)') + ' · Sandbox inbox';
    $('subject').textContent = message.subject || '(no subject)';
    $('facts').replaceChildren(...fact('From', message.from), ...fact('To', message.to), ...fact('Delivered to', message.envelope_to), ...fact('Return path', message.envelope_from || '<> (null sender)', true),
      ...fact('Received', new Date(message.received_at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'medium' })));
    const dkim = message.headers.filter(({ name }) => name.toLowerCase() === 'dkim-signature').map(({ value }) => /(?:^|;)\s*d=([^;\s]+)/.exec(value)?.[1]).filter(Boolean);
    $('badges').replaceChildren(
      el('span', { class: 'badge ' + (message.tls ? 'ok' : 'warn'), title: message.tls ? message.tls.cipher : 'The message came over a connection without TLS', text: message.tls ? message.tls.version.replace('TLSv', 'TLS ') : 'Plain text, no TLS' }),
      ...[...new Set(dkim)].map((domain) => el('span', { class: 'badge', title: 'The message carries a DKIM signature of this domain', text: 'DKIM ' + domain })),
      el('span', { class: 'badge', text: size(message.size) }),
      el('span', { class: 'badge', title: 'Number of the SMTP session that brought it', text: 'session ' + message.session }));
    const tabs = { HTML: message.has_html, Text: message.text !== null, Headers: true, Raw: true };
    if (!tabs[state.tab]) state.tab = tabs.HTML ? 'HTML' : tabs.Text ? 'Text' : 'Headers';
    $('tabs').replaceChildren(...Object.entries(tabs).map(([name, there]) => el('button', {
      type: 'button', role: 'tab', 'aria-selected': String(name === state.tab), disabled: !there, text: name, onclick: () => { state.tab = name; drawMessage(message); },
    })), el('a', { class: 'btn quiet', href: '/messages/' + encodeURIComponent(message.id) + '/raw', download: message.id + '.eml', text: 'Download' }));
    drawBody(message);
    $('files').hidden = message.attachments.length === 0;
    $('files').replaceChildren(...message.attachments.map((file, i) => el('a', { class: 'btn', href: '/messages/' + encodeURIComponent(message.id) + '/attachments/' + i, download: file.filename, title: file.content_type }, file.filename + ' ', el('small', { text: size(file.size) }))));
    drawList();
  }

  async function drawBody(message) {
    const body = $('body');
    if (body.dataset.for === message.id + state.tab) return;
    body.dataset.for = message.id + state.tab;
    const path = '/messages/' + encodeURIComponent(message.id);
    if (state.tab === 'HTML') body.replaceChildren(el('iframe', { sandbox: '', title: 'The message as HTML', referrerpolicy: 'no-referrer', src: path + '/html' }));
    else if (state.tab === 'Text') body.replaceChildren(el('pre', { class: 'text', text: message.text }));
    else if (state.tab === 'Headers') body.replaceChildren(el('table', {}, el('tbody', {}, ...message.headers.map(({ name, value }) => el('tr', {}, el('td', { text: name }), el('td', { text: value }))))));
    else {
      const pre = el('pre', { text: 'Loading…' });
      body.replaceChildren(pre);
      const bytes = new Uint8Array(await (await fetch(path + '/raw')).arrayBuffer());
      const shown = bytes.subarray(0, 500000);
      pre.textContent = new TextDecoder().decode(shown) + (bytes.length > shown.length ? '\n… ' + size(bytes.length - shown.length) + ' more: download the message to see all.' : '');
    }
  }

  function step(by) {
    const found = visible();
    const next = found[Math.max(0, Math.min(found.length - 1, found.findIndex(({ id }) => id === state.open) + by))];
    if (!next) return;
    open(next.id);
    const button = document.querySelector('[data-id="' + CSS.escape(next.id) + '"]');
    button?.focus({ preventScroll: true });
    button?.scrollIntoView({ block: 'nearest' });
  }

  $('query').addEventListener('input', (event) => { state.query = event.target.value; drawList(); });
  $('back').addEventListener('click', () => open(''));
  $('clear').addEventListener('click', () => $('clear-dialog').showModal());
  $('help').addEventListener('click', () => $('help-dialog').showModal());
  $('empty-help').addEventListener('click', () => $('help-dialog').showModal());
  for (const button of document.querySelectorAll('[data-close]')) button.addEventListener('click', () => button.closest('dialog').close());
  $('clear-yes').addEventListener('click', async () => {
    await fetch('/messages', { method: 'DELETE' });
    $('clear-dialog').close();
    await open('');
    await load();
  });
  document.addEventListener('keydown', (event) => {
    if (event.target instanceof HTMLInputElement || document.querySelector('dialog[open]') || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'ArrowDown' || event.key === 'j') { event.preventDefault(); step(1); }
    if (event.key === 'ArrowUp' || event.key === 'k') { event.preventDefault(); step(-1); }
    if (event.key === '/') { event.preventDefault(); $('query').focus(); }
    if (event.key === 'Escape') open('');
  });
  addEventListener('hashchange', () => { const id = decodeURIComponent(location.hash.slice(1)); if (id !== state.open) open(id); });

  let timer = 0;
  const live = new EventSource('/live');
  live.addEventListener('change', () => { $('live').dataset.state = 'on'; $('live-text').textContent = 'Live'; if (!timer) timer = setTimeout(() => { timer = 0; load(); }, 150); });
  live.addEventListener('error', () => { $('live').dataset.state = 'off'; $('live-text').textContent = 'Reconnecting'; });
  state.query = new URLSearchParams(location.search).get('to') || '';
  $('query').value = state.query;
  load();
})();
`;
