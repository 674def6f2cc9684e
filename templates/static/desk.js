// The end of a session, warned of two minutes before; and what was typed into a
// note, kept in this tab until it was sent. The pages say the same without this file.
(() => {
  'use strict';
  const main = document.getElementById('main'), stay = document.getElementById('stay');
  const skew = Date.parse(main.dataset.now) - Date.now();
  const words = stay.dataset, said = document.getElementById('stay-said'), button = stay.querySelector('button');
  let until = Date.parse(words.until), final = words.final === 'true', told = '';
  const tell = (state, offer) => {
    if (told === state) return;
    told = state;
    said.textContent = words[state] || '';
    button.hidden = !offer;
  };
  const look = () => {
    const left = until - Date.now() - skew;
    if (told === 'ended') return;
    if (left <= 0) tell('ended', false);
    else if (left <= 120000) tell(final ? 'last' : 'soon', !final);
    else tell('', false);
  };
  stay.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(stay.action, {
        method: 'POST', redirect: 'error', headers: { Accept: 'application/json' }, body: new URLSearchParams({ csrf: stay.elements.csrf.value }),
      });
      if (!answer.ok) return tell('ended', false);
      const now = await answer.json();
      until = Date.parse(now.until);
      final = now.final;
      document.getElementById('until').textContent = now.text;
      document.getElementById('main').focus();
      look();
    } catch (e) { /* off-line: the button stays */ }
  });
  setInterval(look, 5000);
  document.addEventListener('visibilitychange', look);
  look();

  const sent = document.getElementById('done');
  for (const note of document.querySelectorAll('main textarea[name]')) {
    const key = 'draft ' + location.pathname + ' ' + note.name;
    try {
      if (sent) sessionStorage.removeItem(key);
      const draft = sessionStorage.getItem(key);
      if (draft && !note.value) note.value = draft;
      note.addEventListener('input', () => { sessionStorage.setItem(key, note.value); });
    } catch (e) { /* nothing is kept here */ }
  }
})();
