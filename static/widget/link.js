/** The connection to the server: a WebSocket, or polling where none can be opened. */

export const API = '/api/v1/widget';

/**
 * Keeps one WebSocket alive, with back-off; after three failures in a row it polls by REST
 * and looks for a socket again once a minute. mode: idle, connecting, live, waiting or polling.
 */
export class Link {
  constructor(app) {
    this.app = app;
    this.mode = 'idle';
    this.fails = 0;
    this.trouble = false;
  }

  start() {
    if (this.mode === 'idle') this.open();
  }

  stop() {
    this.clear();
    this.mode = 'idle';
    this.fails = 0;
    this.healthy();
    const ws = this.ws;
    this.ws = null;
    if (ws) ws.close();
  }

  clear() {
    for (const timer of [this.guard, this.retry, this.beat, this.upgrade]) clearTimeout(timer);
  }

  delay() {
    return Math.min(15e3, 500 * 2 ** this.fails) * (0.75 + Math.random() / 2);
  }

  open() {
    this.clear();
    this.mode = 'connecting';
    let ws;
    try {
      ws = this.ws = new WebSocket(this.app.base.replace(/^http/, 'ws') + API + '/ws');
    } catch {
      return this.lost(0);
    }
    this.guard = setTimeout(() => this.drop(), 10e3);
    ws.onopen = () => ws.send(JSON.stringify(this.app.resumeFrame(true)));
    ws.onmessage = (event) => this.receive(ws, event.data);
    ws.onclose = (event) => ws === this.ws && this.lost(event.code);
  }

  /** Gives a dead socket up at once: its own close event may take a minute to come. */
  drop() {
    const ws = this.ws;
    this.lost(0);
    if (ws) ws.close();
  }

  receive(ws, data) {
    if (ws !== this.ws) return;
    clearTimeout(this.guard);
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame.type === 'resumed' && this.mode === 'connecting') {
      this.mode = 'live';
      this.fails = 0;
      this.healthy();
      this.heartbeat();
    }
    this.app.onFrame(frame);
  }

  heartbeat() {
    clearTimeout(this.beat);
    this.beat = setTimeout(() => this.check(), 25e3);
  }

  /** Asks for a sign of life; any frame within eight seconds will do. */
  check() {
    this.send({ type: 'ping' });
    clearTimeout(this.guard);
    this.guard = setTimeout(() => this.drop(), 8e3);
    this.heartbeat();
  }

  lost(code) {
    this.clear();
    this.ws = null;
    this.mode = 'waiting';
    this.app.onLinkLost();
    if (code === 4404) return this.app.forget(true);
    this.fails += navigator.onLine === false ? 0 : 1;
    this.worry();
    if (this.fails >= 3) this.startPolling();
    else this.retry = setTimeout(() => this.open(), this.delay());
  }

  startPolling() {
    this.mode = 'polling';
    this.upgrade = setTimeout(() => this.open(), 60e3);
    this.poll();
  }

  async poll() {
    clearTimeout(this.retry);
    const failing = this.pollFails > 0;
    try {
      await this.app.pollOnce();
      this.pollFails = 0;
      if (this.mode === 'polling') this.healthy();
    } catch {
      this.pollFails = (this.pollFails || 0) + 1;
      this.worry();
    }
    if (this.mode !== 'polling') return;
    // The server is back after an outage: a socket may well open now.
    if (failing && !this.pollFails) return this.open();
    const wait = this.pollFails ? Math.min(15e3, 3e3 * this.pollFails) : this.app.isOpen ? 3e3 : 30e3;
    this.retry = setTimeout(() => this.poll(), wait);
  }

  /** Something changed for the better (online, tab shown, shopper asks): try at once. */
  kick() {
    if (this.mode === 'live') this.check();
    else if (this.mode === 'waiting') this.open();
    else if (this.mode === 'polling') this.poll();
  }

  send(frame) {
    if (this.mode !== 'live' || this.ws?.readyState !== 1) return false;
    this.ws.send(JSON.stringify(frame));
    return true;
  }

  /** A short break needs no notice, so the bar waits a moment. */
  worry() {
    this.worryTimer ||= setTimeout(() => {
      this.trouble = true;
      this.app.paint();
    }, 1200);
  }

  healthy() {
    clearTimeout(this.worryTimer);
    this.worryTimer = 0;
    this.trouble = false;
    this.app.paint();
  }
}
