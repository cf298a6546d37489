// The button at the head of a chapter or a worksheet, and its cells once Python is there.
//
// The cells stand in the page as the book sets them. What a cell gives is compared with what the
// page shows; where the two are the same the page stays as it is, figures drawn anew apart.

(() => {
    const lite = new URL("../lite/", document.currentScript.src);
    const name = location.pathname.split("/").pop().replace(/\.html$/, "");
    const { files, chapters } = NUDP_LITE;
    const alone = location.protocol === "file:";

    // What other pages of the book say of it becomes a link.
    document.querySelectorAll("[data-lite]").forEach(words => {
        const page = words.dataset.lite === "workbench" && alone ? "nudp-offline" : words.dataset.lite;
        words.replaceChildren(element("a", {
            href: new URL(`${page}.html`, lite).href, textContent: words.textContent,
        }));
        words.hidden = false;
    });
    if (!(name in chapters) || !/\/(notebooks|lite)\/[^/]+$/.test(location.pathname)) return;
    const { packages, size, archive } = chapters[name];
    if (!document.querySelector("link[href*='lite.css']")) {
        const href = new URL("../_static/lite.css", lite);
        document.head.append(element("link", { rel: "stylesheet", href }));
    }

    const article = document.querySelector("article");
    const button = element("button", { type: "button", textContent: "Run in your browser" });
    const all = element("button", { type: "button", textContent: "Run all cells", hidden: true });
    const stop = element("button", { type: "button", textContent: "Stop", hidden: true });
    const line = element("p", { className: "lite-line" });
    const bar = element("progress", { max: 1, hidden: true });
    bar.setAttribute("aria-label", "Files of Python loaded");
    line.setAttribute("role", "status");
    const box = element("section", { className: "lite" }, button, all, stop, bar, line);
    box.setAttribute("aria-label", "Python in this page");
    article.querySelector("h1").after(box);

    if (alone) {
        button.remove();
        line.append(
            "This page was opened from a folder, and there a browser lets no chapter run. The ",
            element("a", { href: new URL("nudp-offline.html", lite), textContent: "workbench" }),
            " does run from a folder. For the chapter, say python3 -m http.server in the folder of "
            + "the book and open http://localhost:8000.",
        );
        return;
    }
    line.textContent = `All cells, yours to change: Python comes from this site, ${MB(size)} MB, and `
        + "is ready in ten seconds or so once they are there; the next time they are at hand. Nothing "
        + "is installed, and nothing leaves your computer.";

    let session, cells, queue = Promise.resolve(), stopped = 0;

    async function launch() {
        button.disabled = true;
        try {
            const of = file => fetch(new URL(file, lite)).then(answer => {
                if (!answer.ok) throw new Error(`${file} could not be loaded (${answer.status})`);
                return answer;
            });
            const [worker, shell, told] = await Promise.all([
                of("worker.js").then(a => a.text()),
                of("shell.py").then(a => a.text()),
                of(`cells/${name}.json`).then(a => a.json()),
            ]);
            session = new NudpSession({ worker, shell, files, base: lite.href }, packages, archive);
            await begin(session, size, line, bar);
            cells ??= equip(told);
            cells.forEach(cell => cell.forget());
            const left = [button, document.body].includes(document.activeElement);
            button.hidden = true;
            all.hidden = false;
            if (left) all.focus({ preventScroll: true });  // the keyboard goes on from here
        } catch (error) {
            if (!line.textContent.startsWith("Python did not")) {
                line.textContent = `Python did not start: ${error.message}. Check the connection and `
                    + "try again.";
            }
            button.textContent = "Try again";
        }
        button.disabled = false;
    }

    // Make the cells of the page ready: what is told of them stands in their order.
    function equip(told) {
        const found = [...document.querySelectorAll("article div.cell")];
        if (found.length !== told.length) throw new Error("the page and its cells do not fit");
        return found.map((place, i) => new Cell(place, told[i], i + 1));
    }

    class Cell {
        constructor(place, { code, outputs }, number) {
            Object.assign(this, { place, code, outputs, number });
            this.name = `<cell ${number}>`;
            this.original = code;
            this.pre = place.querySelector(".cell_input pre");
            this.stored = place.querySelector(":scope > .cell_output");
            this.fresh = element("div", { className: "lite-output" });
            this.mark = element("span", { className: "lite-mark" });
            const what = ` cell ${number}`;
            const run = element("button", { type: "button", textContent: "Run" },
                element("span", { className: "lite-unseen", textContent: what }));
            this.edit = element("button", { type: "button", textContent: "Edit" },
                element("span", { className: "lite-unseen", textContent: what }));
            run.onclick = () => upTo(number);
            this.edit.onclick = () => this.open();
            const tools = element("div", { className: "lite-tools" }, run, this.edit, this.mark);
            const input = [...place.children].find(child => child.querySelector(".cell_input")
                || child.classList.contains("cell_input"));
            input.after(tools);
            tools.after(this.fresh);
        }

        open() {
            this.edit.hidden = true;
            this.area = element("textarea", { value: this.code, spellcheck: false });
            this.area.rows = this.code.split("\n").length + 1;
            this.area.setAttribute("aria-label", `Code of cell ${this.number}`);
            this.area.onkeydown = event => keys(event, () => upTo(this.number));
            this.pre.replaceWith(this.area);
            const folded = this.area.closest("details");
            if (folded) folded.open = true;
            this.area.focus();
        }

        forget() {
            this.done = false;
            this.same = false;
            this.mark.textContent = "";
        }

        async run() {
            this.code = this.area?.value ?? this.code;
            this.mark.textContent = "runs …";
            const start = performance.now();
            const given = await session.run(this.code, this.name);
            const seconds = ((performance.now() - start) / 1000).toFixed(1);
            // a worksheet has nothing printed, and what a reader has changed is the reader's
            const same = this.outputs !== null && this.code === this.original
                && alike(given, this.outputs);
            this.show(given, same);
            const error = given.find(output => output.output_type === "error");
            this.same = same;
            this.mark.textContent = `${seconds} s`
                + (error || this.outputs === null ? "" : same ? "; as printed" : "; not as printed");
            this.done = true;
            this.given = given;
            return !error || error.hint;  // a hint of a worksheet stops nothing
        }

        show(given, same) {
            const pictures = [...this.stored?.querySelectorAll("img") ?? []];
            const drawn = given.filter(output => output.data?.["image/png"]);
            if (same && pictures.length === drawn.length) {
                pictures.forEach((img, i) => {
                    img.src = `data:image/png;base64,${drawn[i].data["image/png"]}`;
                });
            }
            if (this.stored) this.stored.hidden = !same;
            fill(this.fresh, same ? [] : given);
        }
    }

    // What nbval compares: all but pictures, tracebacks and the numbers of the runs.
    function text(outputs) {
        return JSON.stringify(outputs.map(({ name, text, data, evalue }) => {
            const { "image/png": picture, ...rest } = data ?? {};
            return [name, text, evalue, Object.entries(rest).sort(), picture !== undefined];
        }));
    }
    const alike = (one, other) => text(one) === text(other);

    // Enter keeps the indentation, and Tab goes on to the next button, as everywhere.
    function keys(event, run) {
        const { key, shiftKey, ctrlKey, metaKey, target } = event;
        if (key !== "Enter") return;
        event.preventDefault();
        if (shiftKey || ctrlKey || metaKey) {
            run();
            return;
        }
        const before = target.value.slice(0, target.selectionStart).split("\n").pop();
        const indent = before.match(/^ */)[0] + (/:\s*$/.test(before) ? "    " : "");
        target.setRangeText(`\n${indent}`, target.selectionStart, target.selectionEnd, "end");
    }

    // A cell needs those above it, so the ones that have not run come first.
    function upTo(number) {
        const turn = stopped;
        queue = queue.then(async () => {
            stop.hidden = false;
            for (const cell of cells.slice(0, number)) {
                if (turn !== stopped) return;
                if (cell.done && cell.number !== number) continue;
                line.textContent = `Cell ${cell.number} of ${cells.length} runs …`;
                if (!await cell.run() && cell.number !== number) {
                    line.textContent = `Cell ${cell.number} has stopped with an error.`;
                    return;
                }
            }
            const printed = cells[0].outputs === null ? "" : ` ${cells.filter(cell => cell.same).length} of `
                + `${cells.length} gave what is printed here.`;
            line.textContent = `${number} of ${cells.length} cells have run.${printed}`;
        }).catch(error => {
            line.textContent = error.message === "stopped"
                ? "Stopped. Python has to start again."
                : `A cell could not run: ${error.message}. Start Python again.`;
            again();
        }).finally(() => { stop.hidden = true; });
        return queue;
    }

    function again() {
        session.stop();
        stopped += 1;
        all.hidden = true;
        button.hidden = false;
        button.textContent = "Start again";
        button.focus({ preventScroll: true });
        cells.forEach(cell => { cell.done = false; });
    }

    button.onclick = launch;
    all.onclick = () => {
        cells.forEach(cell => { cell.done = false; });
        upTo(cells.length);
    };
    stop.onclick = () => session.stop();
    window.nudpLite = { run: (code, name) => session.run(code, name), cells: () => cells };
})();
