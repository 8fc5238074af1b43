// @ts-check
/** Who this page is to the server: a random name for each tab, and the token if there is one. */

const CLIENT_KEY = "igan-client";
const TOKEN_KEY = "igan-token";

/** Photos are kept under this name, so that nobody else can ask for them. */
export function clientName() {
  const known = sessionStorage.getItem(CLIENT_KEY);
  if (known !== null) return known;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const name = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem(CLIENT_KEY, name);
  return name;
}

/** The token of `#token=...` in the address, which is then removed; kept until the tab closes. */
export function bearerToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) {
    sessionStorage.setItem(TOKEN_KEY, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(TOKEN_KEY);
}
