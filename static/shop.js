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

/** The assistant changed the cart: its count beside the link, and the cart itself where it is shown, are asked for again. */
window.addEventListener('shopkeeper:cart', async () => {
  const answer = await fetch('/cart', { headers: { accept: 'text/html' } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const [link, newLink] = [document, page].map((of) => of.getElementById('cart-link'));
  if (link && newLink) link.innerHTML = newLink.innerHTML;
  const [cart, newCart] = [document, page].map((of) => of.getElementById('cart'));
  if (!cart || !newCart) return;
  cart.replaceWith(newCart);
  window.htmx?.process(newCart);
});

/** The chat's own messages go by what is in the cart. */
function tellCart() {
  const pieces = Number(document.querySelector('#cart-link b')?.textContent ?? 0);
  const total = document.querySelector('#cart .total dd')?.textContent;
  window.$shopkeeper ||= [];
  window.$shopkeeper.push(['setCart', { pieces, total }]);
}
tellCart();
document.addEventListener('htmx:afterSettle', tellCart);
