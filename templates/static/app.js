// Passkeys, live times, copying, focus on errors. Everything but the passkey
// works without this file. No string ever becomes markup here.
(() => {
  'use strict';
  // A page that answers a form becomes an address one can go back to.
  history.replaceState(null, '', location.href);
  const byId = (id) => document.getElementById(id);
  const all = (selector) => document.querySelectorAll(selector);
  const say = (id, text) => { const p = byId(id); if (p) p.textContent = text || ''; };
  const asJSON = { headers: { Accept: 'application/json' }, redirect: 'error' };

  // The server's clock, so that a wrong clock here does not show wrong times.
  const main = byId('main');
  const skew = main.dataset.now ? Date.parse(main.dataset.now) - Date.now() : 0;
  const now = () => Date.now() + skew;

  // WebAuthn with JSON, and by hand for browsers from before 2025.
  const toBytes = (s) => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const toText = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const parse = (ask, json) => {
    const api = window.PublicKeyCredential || {};
    if (ask === 'get' && api.parseRequestOptionsFromJSON) return api.parseRequestOptionsFromJSON(json);
    if (ask === 'create' && api.parseCreationOptionsFromJSON) return api.parseCreationOptionsFromJSON(json);
    const withBytes = (list) => (list || []).map((c) => ({ ...c, id: toBytes(c.id) }));
    const options = { ...json, challenge: toBytes(json.challenge) };
    if (json.user) options.user = { ...json.user, id: toBytes(json.user.id) };
    if (json.allowCredentials) options.allowCredentials = withBytes(json.allowCredentials);
    if (json.excludeCredentials) options.excludeCredentials = withBytes(json.excludeCredentials);
    return options;
  };
  const unparse = (c) => {
    try { return c.toJSON(); } catch (e) { /* made by an extension, or an older browser */ }
    const response = {};
    for (const k of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (c.response[k]) response[k] = toText(c.response[k]);
    }
    if (c.response.getTransports) response.transports = c.response.getTransports();
    return { id: c.id, rawId: toText(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(), response };
  };

  // The key of this browser: made here, kept here, and nothing takes it out. It
  // signs the challenge of a proof, which so says on which device it was made.
  const within = (p) => Promise.race([p, new Promise((_, no) => setTimeout(no, 3000))]);
  const done = (r) => new Promise((ok, no) => { r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error); });
  const pair = async () => {
    const opening = indexedDB.open('countersign', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
    const db = await done(opening);
    const keys = (mode) => db.transaction('keys', mode).objectStore('keys');
    let found = await done(keys('readonly').get('device'));
    if (!found) {
      found = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
      try { await done(keys('readwrite').add(found, 'device')); } catch (e) { found = await done(keys('readonly').get('device')); } // another tab was first
    }
    db.close();
    return found;
  };
  const device = async (challenge) => {
    const { privateKey, publicKey } = await pair();
    const message = new Uint8Array([...new TextEncoder().encode('countersign/device/v1\n'), ...toBytes(challenge)]);
    return {
      device_key: toText(await crypto.subtle.exportKey('raw', publicKey)), device_challenge: challenge,
      device_signature: toText(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, message)),
    };
  };
  const signed = async (form, challenge) => {
    try {
      for (const [name, value] of Object.entries(await within(device(challenge)))) {
        const field = form.elements[name] || form.appendChild(document.createElement('input'));
        Object.assign(field, { type: 'hidden', name, value });
      }
    } catch (e) { /* no key here: a device that nobody knows */ }
  };
  const fresh = byId('device-new');
  if (fresh && fresh.dataset.known) {
    (async () => {
      const sum = await crypto.subtle.digest('SHA-256', await crypto.subtle.exportKey('raw', (await pair()).publicKey));
      fresh.style.visibility = fresh.dataset.known.split(' ').includes(toText(sum)) ? 'hidden' : ''; // the button below it stays where it is
    })().catch(() => { /* no key here: the note stays */ });
  }
  for (const form of all('form[data-device]')) {
    let sent = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (sent) return;
      sent = true;
      try {
        const answer = await within(fetch(form.dataset.device, {
          ...asJSON, method: 'POST', body: new URLSearchParams({ csrf: form.elements.csrf.value }),
        }));
        if (answer.ok) await signed(form, (await answer.json()).options.challenge);
      } catch (e) { /* off-line: the form says so */ }
      form.submit();
    });
    window.addEventListener('pageshow', () => { sent = false; });
  }

  const passkey = (form) => {
    const words = form.dataset;
    let options = JSON.parse(byId('passkey-options').textContent);
    const open = () => options.publicKey || options.challenge;
    let due = open() ? Date.now() + 240000 : 0; // a challenge lives five minutes
    let busy = false, ended = false, coming = null;

    const begin = async () => {
      due = Date.now() + 30000;
      try {
        const answer = await fetch(words.refresh, {
          ...asJSON, method: 'POST', body: new URLSearchParams({ csrf: form.elements.csrf.value, ...(form.elements.subject && { subject: form.elements.subject.value }) }),
        });
        if (answer.status === 401 || answer.status === 403 || answer.status === 409) {
          ended = true;
          say('prove-status', words.ended);
        } else if (answer.ok) {
          options = (await answer.json()).options;
          due = Date.now() + 240000;
        }
      } catch (e) { /* off-line: try again soon */ }
      coming = null;
    };
    // Keeps a live challenge in the page, so that the click need not wait for one.
    const refresh = () => {
      if (busy || ended || coming || document.hidden || !words.refresh || Date.now() < due) return;
      coming = begin();
    };
    refresh();
    setInterval(refresh, 10000);
    document.addEventListener('visibilitychange', refresh);
    window.addEventListener('pageshow', (e) => {
      if (e.persisted) { busy = false; due = 0; say('prove-status', ''); refresh(); }
    });

    // The call is made inside the click: Safari forgets the click otherwise.
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      say('prove-status', words.busy);
      try {
        if (!open()) await (coming || begin());
        if (!open()) throw new Error();
        const made = await navigator.credentials[words.ask]({ publicKey: parse(words.ask, options.publicKey || options) });
        form.elements.credential.value = JSON.stringify(unparse(made));
        await signed(form, (options.publicKey || options).challenge);
        form.submit();
      } catch (e) {
        busy = false;
        let text = words.fail; // cancelled, timed out, none found: never guess which
        if (e.name === 'InvalidStateError' && words.exists) text = words.exists;
        if (e.name === 'SecurityError' || e.name === 'TypeError') text = words.barred;
        say('prove-status', ended ? words.ended : text);
        if (byId('other')) byId('other').open = true;
      }
    });
  };
  if (byId('passkey')) passkey(byId('passkey'));

  // Times and progress in words, once a minute, never announced.
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang);
  const tick = () => {
    for (const el of all('time[data-relative]')) {
      const left = Date.parse(el.dateTime) - now();
      const [unit, size] = left >= 1728e5 ? ['day', 864e5] : left >= 36e5 ? ['hour', 36e5] : ['minute', 6e4];
      el.textContent = left > 0 ? relative.format(Math.max(1, Math.round(left / size)), unit) : '';
    }
    const wait = byId('wait');
    if (wait) {
      const from = Date.parse(wait.dataset.from), to = Date.parse(wait.dataset.to);
      wait.value = Math.min(100, Math.max(0, Math.floor(100 * (now() - from) / (to - from))));
      say('percent', wait.value + ' %');
    }
  };
  setInterval(tick, 60000);

  // Says that the status changed; reloading is the reader's choice.
  const state = byId('state');
  if (state) {
    const timer = setInterval(async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(state.dataset.poll, asJSON);
        if ([401, 403, 404, 410].includes(answer.status)) clearInterval(timer);
        if (!answer.ok) return;
        const said = await answer.json();
        if (said.counts) say('counts', said.counts);
        if (String(said.version) !== state.dataset.version) {
          say('changed', said.text || state.dataset.changed);
          if (!said.text) clearInterval(timer);
        }
      } catch (e) { /* off-line: ask again in a minute */ }
    }, 60000);
  }

  for (const button of all('[data-copy]')) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(byId(button.dataset.copy).textContent.replace(/\s/g, ''));
      say(document.querySelector('[role=status]').id, button.dataset.done);
    });
  }

  if (byId('summary')) byId('summary').focus();
})();
