// Python in a thread of its own: a page asks it to start, and then to run cells.
//
// A file comes from the page's site, kept by the browser for the next visit, or, where the page is
// opened from a folder and may fetch nothing, out of the page itself. Pyodide asks through `fetch`
// in both cases, so that is where its files are handed to it.

let files, base, kept, lock, python, shell;
const held = new Map();
const awaited = new Map();
let fresh = [];

const say = text => postMessage({ say: text });

function kind(name) {
    const kinds = { wasm: "application/wasm", mjs: "text/javascript", json: "application/json" };
    return kinds[name.split(".").pop()] ?? "application/zip";
}

// The bytes of one file, and how many of them are there while they come.
function load(name) {
    if (!held.has(name)) {
        const coming = base ? fromSite(name) : fromPage(name);
        held.set(name, coming);
        coming.catch(() => held.delete(name));
    }
    return held.get(name);
}

// What is asked of others may never be answered: wait so many seconds, less those in which this
// thread is busy itself.
function within(seconds, promise, failure) {
    let timer;
    const late = new Promise((_, reject) => {
        const tick = left => {
            if (left) timer = setTimeout(tick, 1000, left - 1);
            else reject(new Error(failure));
        };
        tick(seconds);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const PATIENCE = 30;  // s

// What the browser kept of a file; one that does not say has kept nothing.
function before(address) {
    const found = kept?.match(address).then(answer => answer?.arrayBuffer());
    return within(PATIENCE, found).catch(() => undefined);
}

async function fromSite(name) {
    const { sha256, size } = files[name];
    const address = new URL(`files/${name}?${sha256.slice(0, 16)}`, base);
    const old = await before(address);
    if (old) {
        postMessage({ bytes: size, kept: true });
        return new Uint8Array(old);
    }
    const silent = `nothing of ${name} has come for ${PATIENCE} seconds`;
    const asked = site(address).catch(() => { throw new Error(`${name} could not be loaded`); });
    const answer = await within(PATIENCE, asked, silent);
    if (!answer.ok) throw new Error(`${name} could not be loaded (${answer.status})`);
    const content = new Uint8Array(size);
    let at = 0, told = 0;
    const reader = answer.body.getReader();
    for (let piece; !(piece = await within(PATIENCE, reader.read(), silent)).done; at += piece.value.length) {
        if (at + piece.value.length > size) break;
        content.set(piece.value, at);
        if (at - told > 1e6) {
            postMessage({ bytes: at - told });
            told = at;
        }
    }
    if (at !== size) throw new Error(`${name} came with ${at} bytes and not ${size}`);
    postMessage({ bytes: size - told });
    fresh.push([address, content, name]);
    return content;
}

function fromPage(name) {
    return new Promise((resolve, reject) => {
        awaited.set(name, { resolve, reject });
        postMessage({ need: name });
    });
}

const site = self.fetch.bind(self);
self.fetch = async (address, ...options) => {
    const name = String(address.url ?? address).split("/").pop();
    if (!(name in files)) return site(address, ...options);
    return new Response(await load(name), { headers: { "content-type": kind(name) } });
};

async function imported(name) {
    const text = new Blob([await load(name)], { type: kind(name) });
    return import(URL.createObjectURL(text));
}

// Throw away what was kept for an older book.
async function forget() {
    const mine = new Set(Object.entries(files).map(([n, f]) => `${n}?${f.sha256.slice(0, 16)}`));
    for (const { url } of await kept?.keys() ?? []) {
        if (!mine.has(url.split("/").pop())) await kept.delete(url);
    }
}

// Keep what has come, once nobody waits; a browser that has no room for it is at no fault.
async function keep() {
    const new_ = fresh;
    fresh = [];
    if (new_.length) await forget().catch(() => {});
    for (const [address, content, name] of new_) {
        const copy = new Response(content, { headers: { "content-type": kind(name) } });
        await kept?.put(address, copy).catch(() => {});
    }
}

// All files that packages need, with those that these need.
function closure(names) {
    const all = new Set();
    const add = name => {
        if (all.has(name)) return;
        all.add(name);
        lock.packages[name].depends.forEach(add);
    };
    names.forEach(add);
    return [...all].map(name => lock.packages[name].file_name);
}

async function start(asked) {
    ({ files, base } = asked);
    if (base && self.caches) {
        // a page that is no secure one, or a private window, may deny it
        kept = await within(PATIENCE, caches.open("nudp-lite")).catch(() => undefined);
    }
    const begin = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"];
    // the page learns of the first failure; the others would be the same
    const coming = names => names.map(load).map(file => (file.catch(() => {}), file));
    const first = coming(begin);
    const lockFileContents = new TextDecoder().decode(await load("pyodide-lock.json"));
    lock = JSON.parse(lockFileContents);
    const rest = coming([...closure(asked.packages), ...asked.archive ? [asked.archive] : []]);
    const { loadPyodide } = await imported("pyodide.mjs");
    const { default: createPyodideModule } = await imported("pyodide.asm.mjs");
    const nowhere = "http://x.invalid/";
    python = await loadPyodide({
        indexURL: nowhere, packageBaseUrl: nowhere, lockFileContents, createPyodideModule,
    });
    say("Python is there; its packages are unpacked.");
    await Promise.all([...first, ...rest]);
    await packages(asked.packages);
    if (asked.archive) {
        python.unpackArchive(await load(asked.archive), "zip", { extractDir: "/book" });
        python.FS.chdir("/book/notebooks");
    }
    python.FS.writeFile("/lib/nudp_shell.py", asked.shell);
    python.runPython("import sys; sys.path.append('/lib')");
    shell = python.pyimport("nudp_shell");
    shell.install();
    held.clear();
    return python.runPython("import sys; sys.version.split()[0]");
}

// Pyodide says nothing if a package stays away, and the import fails later.
async function packages(names) {
    const quiet = { messageCallback: () => {}, errorCallback: () => {} };
    await python.loadPackage(names, quiet);
    const away = names.filter(name => !(name in python.loadedPackages));
    if (away.length) throw new Error(`${away.join(", ")} could not be loaded`);
}

async function run({ code, name }) {
    // called straight out of a message, Chromium may write a report, 2 ms each, of every error that is
    // thrown, caught or not; an import throws hundreds, one for each file that it looks for in vain
    await undefined;
    const found = python.runPython("import pyodide.code; pyodide.code.find_imports")(code).toJs();
    const wanted = Object.keys(lock.packages)
        .filter(name => lock.packages[name].imports.some(module => found.includes(module)))
        .filter(package_ => !(package_ in python.loadedPackages));
    if (wanted.length) await packages(wanted);
    return JSON.parse(shell.run(code, name));
}

self.onmessage = async ({ data }) => {
    if (data.file) {
        const { resolve, reject } = awaited.get(data.file);
        if (data.content) resolve(data.content);
        else reject(new Error(data.failure));
        return;
    }
    try {
        postMessage({ id: data.id, value: await (data.start ? start(data.start) : run(data)) });
        setTimeout(keep, 2000);
    } catch (error) {
        postMessage({ id: data.id, error: String(error.message ?? error) });
    }
};
