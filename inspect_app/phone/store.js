// What the phone keeps: one IndexedDB a campaign, written with strict durability, and a small
// register of the campaigns that this browser has enrolled in.

const STORES = {
  // Name -> value: device, welcome, token, cursor, state, vault, …
  facts: {},
  tasks: { keyPath: "interview_id" },
  draws: { keyPath: "village_code" },
  returns: { keyPath: "interview_id" },
  forms: { keyPath: "key" },
  drafts: { keyPath: "key" }, // closed with the key of drafts
  ops: { keyPath: "op_id" },
  files: { keyPath: "sha256" }, // sealed
  visits: { keyPath: "op_id" },
};

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new DOMException("blocked", "InvalidStateError"));
  });

async function open(name, stores) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const [store, options] of Object.entries(stores)) {
      request.result.createObjectStore(store, options);
    }
  };
  return settled(request);
}

export class Store {
  constructor(db) {
    this.db = db;
    this.name = db.name;
  }

  static async open(name, onclosed = () => {}) {
    const db = await open(name, STORES);
    const closed = () => {
      db.close();
      onclosed();
    };
    // Another tab wipes.
    db.onversionchange = closed;
    db.onclose = closed;
    return new Store(db);
  }

  close() {
    this.db.close();
  }

  async get(store, key) {
    return settled(this.db.transaction(store).objectStore(store).get(key));
  }

  async all(store) {
    return settled(this.db.transaction(store).objectStore(store).getAll());
  }

  async fact(name) {
    return this.get("facts", name);
  }

  /**
   * Write as one: `changes` is a list of [store, value], [store, value, key] for facts, or
   * [store, undefined, key] to delete. Resolved only once it is on the disk.
   */
  async write(changes) {
    const stores = [...new Set(changes.map(([store]) => store))];
    if (!stores.length) return;
    const transaction = this.db.transaction(stores, "readwrite", { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
    try {
      for (const [store, value, key] of changes) {
        const target = transaction.objectStore(store);
        if (value === undefined) target.delete(key);
        else if (target.keyPath) target.put(value);
        else target.put(value, key);
      }
    } catch (error) {
      transaction.abort();
      done.catch(() => {});
      throw error;
    }
    return done;
  }

  keep(name, value) {
    return this.write([["facts", value, name]]);
  }

  async empty(stores = Object.keys(STORES)) {
    const transaction = this.db.transaction(stores, "readwrite", { durability: "strict" });
    for (const store of stores) transaction.objectStore(store).clear();
    return new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
  }
}

/** The phones that this browser has been: {db, campaign, enrolled_at}. */
export const register = {
  async use(mode, work) {
    const db = await open("xf", { campaigns: { keyPath: "db" } });
    try {
      const transaction = db.transaction("campaigns", mode, { durability: "strict" });
      const result = settled(work(transaction.objectStore("campaigns")));
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      return result;
    } finally {
      db.close();
    }
  },
  list: () => register.use("readonly", (store) => store.getAll()),
  add: (entry) => register.use("readwrite", (store) => store.put(entry)),
  remove: (db) => register.use("readwrite", (store) => store.delete(db)),
};

export const dropDatabase = (name) => settled(indexedDB.deleteDatabase(name));

/** Free space in megabytes, and whether the browser has promised not to evict. */
export async function room() {
  const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) || {};
  return {
    free_mb: Math.max(0, Math.floor((quota - usage) / 1e6)),
    persisted: (await navigator.storage?.persisted?.()) || false,
  };
}
