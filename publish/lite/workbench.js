// The workbench: an editor, ready examples, and what they give. It starts Python by itself.

(() => {
    const { files, packages, size, examples, worker, shell } = NUDP_LITE;
    const by = id => document.getElementById(id);
    const [choice, code, run, stop, line, bar, output] =
        ["choice", "code", "run", "stop", "line", "bar", "output"].map(by);

    examples.forEach(({ title }, i) => choice.append(new Option(`${i + 1}. ${title}`, i)));

    function choose() {
        code.value = examples[choice.value].code;
        code.rows = code.value.split("\n").length + 2;
    }

    // What stands below this script is read while Python starts.
    const whole = new Promise(done => document.addEventListener("DOMContentLoaded", done));

    // Files inside this page are base64, and packed where that makes them smaller.
    async function bytes(name) {
        const held = by(`file ${name}`) ?? (await whole, by(`file ${name}`));
        if (!held) throw new Error(`this page does not hold ${name}`);
        const text = held.textContent;
        const raw = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), c => c.charCodeAt(0));
        held.remove();  // Python has it from now on
        if (held.dataset.packed !== "gzip") return raw;
        const whole = new Blob([raw]).stream().pipeThrough(new DecompressionStream("gzip"));
        return new Uint8Array(await new Response(whole).arrayBuffer());
    }

    const inside = document.querySelector("script[type='application/base64']") !== null;
    const where = inside ? { bytes } : { base: new URL(".", location.href).href };
    let session, cell = 0;

    async function launch() {
        run.disabled = true;
        session = new NudpSession({ files, worker, shell, ...where }, packages);
        try {
            await begin(session, size, line, bar);
            run.textContent = "Run";
            run.onclick = go;
        } catch {
            run.textContent = inside ? "Load the page again" : "Try again";
            run.onclick = inside ? () => location.reload() : launch;
        }
        run.disabled = false;
    }

    async function go() {
        run.disabled = true;
        stop.hidden = false;
        line.textContent = "Python runs …";
        const start = performance.now();
        try {
            const given = await session.run(code.value, `<run ${++cell}>`);
            fill(output, given);
            const seconds = ((performance.now() - start) / 1000).toFixed(2);
            line.textContent = given.some(piece => piece.output_type === "error")
                ? `Stopped with an error after ${seconds} s.` : `Done in ${seconds} s.`;
            run.disabled = false;
        } catch (error) {
            line.textContent = error.message === "stopped"
                ? "Stopped." : `Python could not go on: ${error.message}.`;
            run.textContent = inside ? "Load the page again" : "Start Python again";
            run.onclick = inside ? () => location.reload() : launch;
            run.disabled = false;
        }
        stop.hidden = true;
    }

    choice.onchange = choose;
    code.onkeydown = event => {
        if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            if (!run.disabled) run.click();
        }
    };
    stop.onclick = () => session.stop();
    choose();
    if (inside || location.protocol !== "file:") {
        launch();
    } else {
        const href = "nudp-offline.html";
        line.append("From a folder a browser gives this page no files. ",
            element("a", { href, textContent: "The one that holds them itself" }), " works.");
    }
    window.nudpLite = { run: (text, name) => session.run(text, name), bytes };
})();
