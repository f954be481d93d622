/** What the browser keeps: the key to the conversation, and messages still unsent. */

/** The conversation's id and token. Nothing is written before the shopper has written something. */
export class Kept {
  constructor(websiteToken) {
    this.key = 'shopkeeper:' + websiteToken;
    this.memory = null;
  }

  read() {
    let record = this.memory;
    try {
      record = JSON.parse(localStorage.getItem(this.key));
    } catch { /* storage is blocked: memory lasts as long as the page */ }
    return record?.id && record.token ? record : null;
  }

  write(record) {
    this.memory = record;
    try {
      if (record) localStorage.setItem(this.key, JSON.stringify(record));
      else localStorage.removeItem(this.key);
    } catch { /* as above */ }
  }

  /** Unsent messages outlive a page change in this tab. */
  outbox(items) {
    const key = this.key + ':outbox';
    try {
      if (!items) return JSON.parse(sessionStorage.getItem(key)) || [];
      if (items.length) sessionStorage.setItem(key, JSON.stringify(items));
      else sessionStorage.removeItem(key);
    } catch { /* as above */ }
    return [];
  }
}
