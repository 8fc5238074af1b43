/** Where the modules of the page are, for these tests. */

const SCRIPTS = new URL("../../../../../serve/app/web/page/js/", import.meta.url);

export const load = (name) => import(new URL(name, SCRIPTS));
