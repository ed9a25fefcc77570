// Where the phone tray keeps things: the browser's own database, every record encrypted (AES-GCM) under a key that no
// script can read out. With the key everything is gone. A write is all or nothing, and on the disk when it returns.
const NAME = "wuxiao-tray", STORES = ["keys", "head", "slips", "files"];
const text = new TextEncoder(), read = new TextDecoder();

const asked = (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });
const closed = (work) => new Promise((done, failed) => { work.oncomplete = () => done(); work.onabort = () => failed(work.error || new Error("aborted")); work.onerror = () => failed(work.error); });

export class Disk {
  static async open() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => { for (const store of STORES) request.result.createObjectStore(store); };
    const disk = new Disk();
    disk.base = await asked(request);
    disk.base.onversionchange = () => disk.base.close();
    disk.key = await asked(disk.base.transaction("keys").objectStore("keys").get("key")) || null;
    return disk;
  }

  // Gone with the key; the rest is cleared after it.
  async wipe() {
    this.key = null;
    for (const stores of [["keys"], STORES]) {
      const work = this.base.transaction(stores, "readwrite", { durability: "strict" });
      for (const store of stores) work.objectStore(store).clear();
      await closed(work);
    }
  }

  async sealed(bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.key, bytes) };
  }

  async opened(kept) {
    return kept && this.key ? crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv }, this.key, kept.data) : null;
  }

  async json(kept) {
    const found = await this.opened(kept);
    return found ? JSON.parse(read.decode(found)) : null;
  }

  async read() {
    if (!this.key) return { head: null, round: null, slips: [] };
    const work = this.base.transaction(["head", "slips"]), top = work.objectStore("head");
    const [head, round, slips] = await Promise.all([asked(top.get("head")), asked(top.get("round")), asked(work.objectStore("slips").getAll())]);
    return { head: await this.json(head), round: await this.json(round), slips: await Promise.all(slips.map((one) => this.json(one))) };
  }

  async write({ head, round, put = [], files = {}, drop = [] }) {
    let key = null;
    if (!this.key) key = this.key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const made = { slips: [], files: [] };
    for (const slip of put) made.slips.push([slip.id, await this.sealed(text.encode(JSON.stringify(slip)))]);
    for (const [id, file] of Object.entries(files)) made.files.push([id, await this.sealed(await file.arrayBuffer())]);
    const top = [];
    for (const [name, value] of [["head", head], ["round", round]]) if (value !== undefined) top.push([name, await this.sealed(text.encode(JSON.stringify(value)))]);
    try {
      const work = this.base.transaction(STORES, "readwrite", { durability: "strict" }), done = closed(work);
      if (key) work.objectStore("keys").put(key, "key");
      for (const [name, kept] of top) work.objectStore("head").put(kept, name);
      for (const store of ["slips", "files"]) for (const [id, kept] of made[store]) work.objectStore(store).put(kept, id);
      for (const id of drop) work.objectStore("files").delete(id);
      await done;
    } catch (error) {
      if (key) this.key = null;
      throw error;
    }
  }

  async file(id) {
    return this.opened(await asked(this.base.transaction("files").objectStore("files").get(id)));
  }
}

export const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// A picture drawn anew, upright and small enough: nothing of where and by which phone it was taken is left in it.
const MOST = 12_000_000, SIDE = 2560;
export async function drawnAnew(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const { width, height } = picture;
  const by = Math.min(1, SIDE / Math.max(width, height), Math.sqrt(MOST / (width * height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * by));
  canvas.height = Math.max(1, Math.round(height * by));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return jpeg(canvas);
}
export const jpeg = (canvas) => new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/jpeg", 0.85));
