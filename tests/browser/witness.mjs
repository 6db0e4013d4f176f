// Sees what must never happen, whatever a test is about: a breach of the content
// security policy, a request to a stranger, an error, a secret that stays.

const BREACH = "securitypolicyviolation";

/** Watches all pages of a browser context. */
export class Witness {
  #faults = [];
  #secrets = new Set();
  #context;
  #stack;
  #parent;

  /** `parent` is the site that may show the page in a frame, if there is one. */
  constructor(context, stack, parent) {
    this.#context = context;
    this.#stack = stack;
    this.#parent = parent;
  }

  async watch() {
    await this.#context.addInitScript((breach) => {
      addEventListener(breach, ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) => {
        console.error(breach, effectiveDirective, blockedURI, `${sourceFile}:${lineNumber}`);
      });
    }, BREACH);
    this.#context.on("request", (request) => this.#request(request));
    this.#context.on("response", (response) => this.#response(response));
    this.#context.on("console", (message) => this.#console(message));
    this.#context.on("weberror", (error) => this.#fault(`error: ${error.error().stack}`));
    this.#context.on("page", (page) => page.on("crash", () => this.#fault("the page crashed")));
  }

  /** From now on this is nowhere to be found: call it before the text is saved. */
  keepsSecret(text) {
    this.#secrets.add(text);
    return text;
  }

  /** All that went wrong so far, and the secrets that are left on the pages. */
  async faults() {
    const left = [];
    for (const page of this.#context.pages()) {
      if (this.#isOurs(page.url())) left.push(...(await leftovers(page, [...this.#secrets])));
    }
    return [...this.#faults, ...left];
  }

  #fault(text) {
    this.#faults.push(text);
  }

  #request(request) {
    const url = request.url();
    for (const secret of this.#secrets) {
      if (url.includes(secret) || url.includes(encodeURIComponent(secret))) this.#fault(`a secret in ${url}`);
    }
    if (/^(data|blob|about):/.test(url) || this.#isOurs(url)) return;
    const { origin } = new URL(url);
    if (origin === this.#parent) return;
    const isAtSlack = origin === new URL(this.#stack.slackUrl).origin;
    if (!isAtSlack || this.#isOfFirstPage(request)) this.#fault(`a request to ${url}`);
  }

  #isOfFirstPage(request) {
    try {
      return request.frame().page() === this.#context.pages()[0];
    } catch {
      // A popup's first navigation comes before its frame.
      return false;
    }
  }

  #response(response) {
    const limit = isApi(response.url()) ? 500 : 400;
    if (this.#isOurs(response.url()) && response.status() >= limit) {
      this.#fault(`${response.status()} for ${response.url()}`);
    }
  }

  #console(message) {
    const text = message.text();
    for (const secret of this.#secrets) {
      if (text.includes(secret)) this.#fault("a secret on the console");
    }
    if (message.type() !== "error" && !text.includes(BREACH)) return;
    // The browser says so of each answer of 400 and more, which `#response` judges, and
    // of each request that a test keeps from the service.
    if (/^Failed to load resource: the server responded/.test(text)) return;
    if (/^Failed to load resource: net::/.test(text) && isApi(message.location().url)) return;
    this.#fault(`console: ${text}`);
  }

  #isOurs(url) {
    return url.startsWith(`${this.#stack.apiUrl}/`);
  }
}

function isApi(url) {
  return URL.canParse(url) && new URL(url).pathname.startsWith("/v1/");
}

/** Where these texts are on a page. */
function leftovers(page, texts) {
  return page.evaluate((texts) => {
    const fields = [...document.querySelectorAll("input, textarea, select")];
    const places = {
      "the page": document.documentElement.outerHTML,
      "a field": fields.map((field) => field.value).join("\n"),
      sessionStorage: JSON.stringify({ ...sessionStorage }),
      localStorage: JSON.stringify({ ...localStorage }),
      "the address": location.href,
      "the history": JSON.stringify(history.state),
      cookies: document.cookie,
    };
    return texts.flatMap((text) => {
      const found = Object.keys(places).filter((place) => places[place]?.includes(text));
      return found.map((place) => `“${text}” is left in ${place}`);
    });
  }, texts);
}
