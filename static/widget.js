/*!
 * Shopkeeper chat widget. No dependency, no build step: this file loads the modules of /static/widget/.
 *
 * Start it with one tag:
 *   <script src="https://chat.example/widget.js" data-website-token="demo" defer></script>
 * or from a script of your own, once this file has loaded:
 *   shopkeeperSDK.run({ websiteToken: 'demo', baseUrl: 'https://chat.example' });
 *
 * Settings, all optional, set before this file runs:
 *   window.shopkeeperSettings = { hideMessageBubble, position: 'left'|'right', locale, useBrowserLanguage,
 *     type: 'standard'|'expanded_bubble', launcherTitle, darkMode: 'light'|'auto'|'dark', themeColor };
 *
 * Calls made before it has loaded are kept and run in order. The stub is one line:
 *   window.$shopkeeper = window.$shopkeeper || []; $shopkeeper.push(['toggle', 'open']);
 * window.shopkeeperQueue = [['toggle', 'open'], …] and { q: [] } work as well; a queue may also hold functions.
 */
(() => {
  'use strict';

  // Script tags are run again by Turbo and the like: the first run stays in charge.
  if (window.shopkeeperSDK) return;

  // The server puts a fingerprint of the modules behind it: a browser may keep them for good.
  const MODULES = '/static/widget/';
  const METHODS = ['setUser', 'toggle', 'toggleBubbleVisibility', 'setLocale', 'setCustomAttributes',
    'deleteCustomAttribute', 'setCart', 'setVisitor', 'triggerCampaign', 'reset', 'sendMessage'];
  const script = document.currentScript || document.querySelector('script[data-website-token]');
  const early = [window.$shopkeeper, window.$shopkeeper?.q, window.shopkeeperQueue].filter(Array.isArray).flat();
  let started = false;
  let app = null;

  const fail = (code, error) => window.dispatchEvent(new CustomEvent('shopkeeper:error', { detail: { code, detail: error.message } }));

  /** Runs one queued call: ['name', …arguments] or a function that gets the API. */
  function call(entry) {
    if (!app?.ready) return void early.push(entry);
    try {
      if (typeof entry === 'function') return entry(api);
      const [name, ...args] = entry;
      if (METHODS.includes(name)) return app[name](...args);
    } catch (error) {
      fail('api', error);
    }
  }

  function drainQueue() {
    while (early.length) call(early.shift());
  }

  /** window.$shopkeeper: its methods are described at the class App in widget/app.js. */
  const api = {
    push: (...entries) => entries.forEach(call),
    get isOpen() { return !!app?.isOpen; },
    get hasLoaded() { return !!app?.ready; },
  };
  for (const name of METHODS) api[name] = (...args) => call([name, ...args]);
  window.$shopkeeper = api;
  window.shopkeeperQueue = { push: api.push };

  const home = script?.src ? script.src.replace(/\/(static\/|packs\/js\/)?(widget|sdk)[^/]*\.js.*$/, '') : location.origin;

  window.shopkeeperSDK = {
    /**
     * Starts the widget once.
     * @param {{websiteToken: string, baseUrl?: string}} options baseUrl defaults to where this script came from
     */
    async run({ websiteToken, baseUrl } = {}) {
      if (started || !websiteToken) return;
      started = true;
      const base = new URL(baseUrl || home, location.href).href.replace(/[?#].*$/, '').replace(/\/+$/, '');
      try {
        const { App } = await import(base + MODULES + 'app.js');
        app = new App({ websiteToken, base, locale: script?.dataset.locale });
        app.boot(drainQueue);
      } catch (error) {
        started = false;
        fail('load', error);
      }
    },
  };

  if (script?.dataset.websiteToken) window.shopkeeperSDK.run({ websiteToken: script.dataset.websiteToken, baseUrl: script.dataset.baseUrl });
})();
