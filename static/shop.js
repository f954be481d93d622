/** Forms marked `data-ask` hand their question to the assistant; without scripts they search the help centre. */
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.matches('[data-ask]')) return;
  event.preventDefault();
  const question = (new FormData(form, event.submitter).get('q') ?? '').trim();
  // Until the widget has loaded, the calls wait in a plain list.
  window.$shopkeeper ||= [];
  window.$shopkeeper.push(['toggle', 'open']);
  if (question) window.$shopkeeper.push(['sendMessage', question]);
  form.reset();
});
