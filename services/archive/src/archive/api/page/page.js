
"use strict";
(() => {
  const wanted = document.body.dataset, file = document.getElementById("file"), result = document.getElementById("result");
  // with a script the file stays on the device; without one, the form sends it
  for (const one of document.querySelectorAll(".scripted")) one.hidden = false;
  for (const one of document.querySelectorAll(".scriptless")) one.hidden = true;
  const say = (text, state) => { result.textContent = text; result.className = state || ""; };
  const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

  // for pages that are not served over https, where browsers hide their own SHA-256
  const slow = (data) => {
    const primes = [], rot = (x, n) => (x >>> n) | (x << (32 - n)), part = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
    for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
    const k = primes.map((p) => part(Math.cbrt(p))), h = primes.slice(0, 8).map((p) => part(Math.sqrt(p)));
    const size = Math.ceil((data.length + 9) / 64) * 64, all = new Uint8Array(size), view = new DataView(all.buffer);
    all.set(data);
    all[data.length] = 128;
    view.setUint32(size - 8, Math.floor(data.length / 2 ** 29));
    view.setUint32(size - 4, data.length << 3);
    const w = new Int32Array(64);
    for (let at = 0; at < size; at += 64) {
      for (let i = 0; i < 64; i++) {
        if (i < 16) { w[i] = view.getInt32(at + i * 4); continue; }
        const x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (rot(x, 7) ^ rot(x, 18) ^ (x >>> 3)) + (rot(y, 17) ^ rot(y, 19) ^ (y >>> 10));
      }
      let [a, b, c, d, e, f, g, z] = h;
      for (let i = 0; i < 64; i++) {
        const one = (z + (rot(e, 6) ^ rot(e, 11) ^ rot(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
        const two = ((rot(a, 2) ^ rot(a, 13) ^ rot(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        [a, b, c, d, e, f, g, z] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
      }
      [a, b, c, d, e, f, g, z].forEach((v, i) => { h[i] = (h[i] + v) | 0; });
    }
    return new Uint8Array(h.flatMap((v) => [v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255]));
  };

  const digest = async (data) =>
    hex(globalThis.crypto?.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", data)) : slow(data));

  // what an unknown file says of itself: the archive's data out of a JSON file, or out of the streams of a PDF
  const inflate = async (packed) => {
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader(), parts = [];
    try {
      for (let size = 0, next; size < 2 ** 24 && !(next = await reader.read()).done; size += next.value.length) parts.push(next.value);
    } catch { /* what could be unpacked is enough to look at */ }
    return new Blob(parts).text();
  };
  const inside = async (data) => {
    const plain = new TextDecoder("latin1").decode(data);
    if (!plain.startsWith("%PDF-")) return new TextDecoder().decode(data);
    for (let at = 0; (at = plain.indexOf("/EmbeddedFile", at)) >= 0; at += 13) {
      const begin = plain.indexOf("stream", at), end = plain.indexOf("endstream", begin);
      if (begin < 0 || plain.slice(at, begin).includes("endobj")) continue;
      const from = begin + (plain[begin + 6] === "\r" ? 8 : 7), part = data.subarray(from, end < 0 ? data.length : end);
      return plain.slice(at - 200, begin).includes("FlateDecode") ? inflate(part) : new TextDecoder().decode(part);
    }
    return "";
  };
  const broken = (data) => {
    const plain = new TextDecoder("latin1").decode(data);
    return plain.startsWith("%PDF-") ? !plain.includes("%%EOF") : plain.startsWith('{"content":') && !plain.trimEnd().endsWith("}");
  };
  const claims = async (data) => {
    try { return JSON.parse(await inside(data)).content; } catch { return null; }
  };
  const unlike = async (data) => {
    if (broken(data)) return "文件不完整：可能是下载中断了，请重新下载后再核验。";
    const content = await claims(data);
    if (!content?.code) return "不是签发的原件：这个文件不是本平台签发的，或内容被改动过。";
    const answer = await fetch("/api/archive/verification/" + encodeURIComponent(content.code));
    if (answer.status === 404) return "伪造的文件：文件上写的核验码是 " + content.code + "，本平台没有签发过这份档案。";
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    return "文件被改动过：它自称是核验码 " + told.code + " 的档案（第 " + told.version + " 版），但与签发的原件不同。请向学校索取原件。";
  };

  const ask = async (sha256) => {
    const answer = await fetch("/api/archive/verification", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sha256 }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  // the QR code on paper, from a photo, where the browser can read it; the camera of every phone opens it without this page
  const photo = document.getElementById("photo"), scan = document.getElementById("scan");
  if ("BarcodeDetector" in globalThis) {
    scan.hidden = false;
    photo.addEventListener("change", async () => {
      const said = document.getElementById("scanned"), picture = photo.files[0];
      if (!picture) return;
      try {
        const codes = await new BarcodeDetector({ formats: ["qr_code"] }).detect(await createImageBitmap(picture));
        const found = codes.map((one) => /\/verify\/([0-9A-Za-z-]+)$/.exec(one.rawValue)).find(Boolean);
        if (found) return location.assign("/verify/" + encodeURIComponent(found[1]));
        said.textContent = codes.length ? "这个二维码不是档案的核验码。" : "没有认出二维码，请拍近一些、拍平一些。";
      } catch {
        said.textContent = "没有认出二维码，请直接用手机相机扫码，或输入核验码。";
      }
    });
  }

  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    document.getElementById("chosen").textContent = chosen ? chosen.name : "";
    if (!chosen) return say("");
    if (chosen.size > 64 * 2 ** 20) return say("文件过大，不是本平台签发的档案。", "bad");
    say("正在核验……");
    try {
      const data = new Uint8Array(await chosen.arrayBuffer()), sha256 = await digest(data);
      if (wanted.pdf && (sha256 === wanted.pdf || sha256 === wanted.json)) {
        if (wanted.newer) return say("是签发的原件，没有改动；但已被第 " + wanted.newer + " 版取代，请以新版为准。", "old");
        return say("真实：这就是签发的原件，没有任何改动。", "good");
      }
      const told = await ask(sha256);
      if (!told.known) return say(await unlike(data), "bad");
      if (wanted.pdf) return say("这是本平台签发的另一份档案（核验码 " + told.archive.code + "），不是此页的档案。", "bad");
      location.assign("/verify/" + encodeURIComponent(told.archive.code));
    } catch {
      say("无法读取文件或连接平台，请稍后再试。", "bad");
    }
  });
})();
