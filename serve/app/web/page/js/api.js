// @ts-check
/** The server's HTTP interface. */

/** @typedef {import("./types").BundleInfo} BundleInfo */
/** @typedef {import("./types").PhotoInfo} PhotoInfo */
/** @typedef {import("./types").Sample} Sample */

const ROOT = "/api/v1";

/** A refusal: a sentence for people, and what can be done about it. */
export class ApiError extends Error {
  /**
   * @param {number} status of HTTP; 0 where no answer came
   * @param {string} sentence
   * @param {{retry_after_s?: number, needs_photo?: string}} advice
   */
  constructor(status, sentence, advice = {}) {
    super(sentence);
    this.status = status;
    this.retryAfterS = advice.retry_after_s ?? null;
    this.needsPhoto = advice.needs_photo ?? null;
  }
}

export class Api {
  #client;
  #token;

  /**
   * @param {string} client random, 32 hexadecimal digits
   * @param {string | null} token
   */
  constructor(client, token) {
    this.#client = client;
    this.#token = token;
  }

  /** @returns {Promise<BundleInfo[]>} */
  async bundles() {
    return (await this.#ask("/bundles")).json();
  }

  /** The JSON Schema of an edit: what settings there are, their ranges and their meaning. */
  async editSchema() {
    return (await this.#ask("/edit-schema")).json();
  }

  /** @returns {Promise<Sample[]>} */
  async samples() {
    return (await this.#ask("/samples")).json();
  }

  /** @param {string} name */
  async sample(name) {
    return (await this.#ask(`/samples/${encodeURIComponent(name)}`)).blob();
  }

  /**
   * @param {Blob} photo
   * @returns {Promise<PhotoInfo>}
   */
  async putPhoto(photo) {
    return (await this.#ask("/photos", { method: "PUT", body: photo })).json();
  }

  /**
   * The file that a request for one of these answers with; "progress" messages of this job tell
   * how far it is.
   * @param {"transfers" | "films" | "pages"} what
   * @param {object} body
   * @param {string} job
   * @param {AbortSignal} signal
   */
  async download(what, body, job, signal) {
    const response = await this.#ask(`/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Igan-Job": job },
      body: JSON.stringify(body),
      signal,
    });
    const disposition = response.headers.get("Content-Disposition") ?? "";
    const filename = /filename="([^"]+)"/.exec(disposition)?.[1] ?? null;
    return { blob: await response.blob(), filename };
  }

  /** Address and protocols of a session's socket. */
  get socket() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return {
      address: `${scheme}//${location.host}${ROOT}/sessions?client=${this.#client}`,
      protocols: this.#token === null ? ["igan.v1"] : ["igan.v1", `bearer.${this.#token}`],
    };
  }

  /**
   * @param {string} path
   * @param {RequestInit} [request]
   */
  async #ask(path, request = {}) {
    const headers = new Headers(request.headers);
    headers.set("X-Igan-Client", this.#client);
    if (this.#token !== null) headers.set("Authorization", `Bearer ${this.#token}`);
    const response = await fetch(ROOT + path, { ...request, headers }).catch((error) => {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, "The server cannot be reached; is it still running?");
    });
    if (response.ok) return response;
    const answer = await response.json().catch(() => ({}));
    const sentence = answer.error ?? `The server answered ${response.status}.`;
    throw new ApiError(response.status, sentence, answer);
  }
}
