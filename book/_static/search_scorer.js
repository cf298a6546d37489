// How the search ranks: the page that is called so first, and chapters before lists.
var Scorer = {
  score: ([page, title, , , score]) => {
    const asked = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase().trim();
    // a title comes with the number of its chapter, in a tag
    const named = title.replace(/<(\w+)[^>]*>.*?<\/\1>/g, "").toLowerCase().trim();
    const called = named === asked ? 100 : named.startsWith(asked) ? 50 : 0;
    return score + called + (page.startsWith("notebooks/") ? 5 : 0);
  },
  // the rest is Sphinx's own
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
