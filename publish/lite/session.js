// One Python for a page: started once, asked for cells one after the other, and thrown away.

class NudpSession {
    // `source` has the code of the worker and of the shell, the table of files, and either the
    // address of the site (`base`) or what gives the bytes of a file out of this page (`bytes`).
    constructor(source, packages, archive) {
        this.source = source;
        this.packages = packages;
        this.archive = archive;
        this.waiting = new Map();
        this.count = 0;
        this.onbytes = () => {};
        this.onsay = () => {};
    }

    start() {
        const type = "text/javascript";
        // from a folder Chromium starts a module only out of its address; such a one may keep nothing
        const address = this.source.base
            ? URL.createObjectURL(new Blob([this.source.worker], { type }))
            : `data:${type},${encodeURIComponent(this.source.worker)}`;
        this.worker = new Worker(address, { type: "module" });
        this.worker.onmessage = ({ data }) => this.heard(data);
        this.worker.onerror = event => {
            event.preventDefault();
            this.failed(event.message || "the browser does not start it");
        };
        const { files, base, shell } = this.source;
        return this.ask({
            start: { files, base, shell, packages: this.packages, archive: this.archive },
        });
    }

    run(code, name) {
        return this.ask({ code, name });
    }

    ask(message) {
        const id = ++this.count;
        return new Promise((resolve, reject) => {
            this.waiting.set(id, { resolve, reject });
            this.worker.postMessage({ id, ...message });
        });
    }

    heard(data) {
        if (data.bytes) this.onbytes(data.bytes, data.kept);
        if (data.say) this.onsay(data.say);
        if (data.need) {
            this.source.bytes(data.need).then(
                content => this.worker.postMessage({ file: data.need, content }, [content.buffer]),
                error => this.worker.postMessage({ file: data.need, failure: error.message }),
            );
        }
        if (!data.id) return;
        const { resolve, reject } = this.waiting.get(data.id);
        this.waiting.delete(data.id);
        if (data.error === undefined) resolve(data.value);
        else reject(new Error(data.error));
    }

    failed(reason) {
        this.worker.terminate();
        this.waiting.forEach(({ reject }) => reject(new Error(reason)));
        this.waiting.clear();
    }

    stop() {
        this.failed("stopped");
    }
}

// ---- outputs ---------------------------------------------------------------------

function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
}

// A table as `companion.table` prints it: lines between bars, formulas between dollars.
function tableOf(text) {
    const lines = text.split("\n").filter(line => line.startsWith("| "));
    if (lines.length < 2) return null;
    const rows = lines.map(line => line.slice(2, -2).split(/ \| /));
    const cell = (tag, content) => element(tag, {
        textContent: content.replaceAll("\\|", "|").replace(/\$([^$]+)\$/g, "\\($1\\)"),
    });
    const head = element("tr", {}, ...rows[0].map(entry => cell("th", entry)));
    const body = rows.slice(2).map(row => element("tr", {}, ...row.map(entry => cell("td", entry))));
    const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
    return element("div", { className: "lite-wide", tabIndex: 0 }, table);
}

function pre(text, kind) {
    return element("pre", { className: kind, textContent: text, tabIndex: 0 });
}

function shown(output) {
    if (output.output_type === "stream") return pre(output.text, output.name);
    if (output.output_type === "error") return pre(output.traceback.join("\n"), "error");
    const { data } = output;
    if (data["image/png"]) {
        const src = `data:image/png;base64,${data["image/png"]}`;
        return element("img", { src, alt: "The figure that this code has just drawn." });
    }
    if (data["text/markdown"]) return tableOf(data["text/markdown"]) ?? pre(data["text/markdown"]);
    if (data["text/html"]) return element("div", { innerHTML: data["text/html"] });
    return data["text/plain"] ? pre(data["text/plain"]) : "";
}

function fill(box, outputs) {
    box.replaceChildren(...outputs.map(shown));
    if (box.querySelector("table") && window.MathJax?.typesetPromise) MathJax.typesetPromise([box]);
}

// ---- loading ---------------------------------------------------------------------

const MB = bytes => (bytes / 1e6).toFixed(0);

// Start a session, with a line and a bar that say how far it is.
async function begin(session, total, line, bar) {
    const start = performance.now();
    let there = 0, fresh = 0, silent = 0;
    const tell = () => {
        bar.value = there / total;
        line.textContent = there >= total
            ? "All files are there; Python starts."
            : `Loading Python: ${MB(there)} of ${MB(total)} MB.`;
    };
    session.onbytes = (bytes, kept) => {
        silent = 0;
        there += bytes;
        fresh += kept ? 0 : bytes;
        tell();
    };
    session.onsay = text => {
        silent = 0;
        line.textContent = text;
    };
    const watch = setInterval(() => {
        if (++silent === 60) {
            line.textContent += " Nothing has changed for a minute. A slow computer takes longer; "
                + "if it stays so, load the page again.";
        }
    }, 1000);
    bar.hidden = false;
    tell();
    try {
        const version = await session.start();
        const seconds = ((performance.now() - start) / 1000).toFixed(0);
        const kept = session.source.base && !fresh ? ", from what this browser had kept" : "";
        line.textContent = `Python ${version} is ready after ${seconds} s${kept}.`;
    } catch (error) {
        session.stop();
        line.textContent = `Python did not start: ${error.message}. `
            + (session.source.base
                ? "Check the connection and try again. If that does not help, the browser may be too "
                  + "old (Chrome 137, Firefox 139 or Safari 26 will do), or the site lacks the file."
                : "A newer browser may help: Chrome 137, Firefox 139 or Safari 26.");
        throw error;
    } finally {
        clearInterval(watch);
        bar.hidden = true;
    }
}
