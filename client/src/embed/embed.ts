/**
 * The offices on a comune's own site: `<portineria-offices comune="https://sportello.comune.example">`. A script of its own, without the
 * pages' code: it is loaded by whatever page there is, holds to that page's policy (its styles are constructed, its parts are built one by
 * one), and leads to the reception by plain links.
 */
import texts from 'virtual:embed-texts';
import look from '../../look/embed.css?inline';
import { refresher, type Refresher } from '../porter/refresh.ts';
import { pageLanguage, type Language } from '../words/languages.ts';
import { rowsOf, say, toldBy, type Row, type Wish } from './board.ts';

const NAME = 'portineria-offices';
/** Where this script came from, which is a reception as well. Known while it runs the first time. */
const HOME = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : location.href;

const sheet = new CSSStyleSheet();
sheet.replaceSync(look);

/** An element with what is inside it. */
function made<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, has: Partial<HTMLElementTagNameMap[Tag]>, ...inside: (Node | string)[]): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), has);
  element.append(...inside);
  return element;
}

class Offices extends HTMLElement {
  readonly #root = this.attachShadow({ mode: 'open' });
  readonly #trouble = made('p', { hidden: true });
  readonly #list = made('ul', { role: 'list' });
  /** What the page says itself, until the reception has been heard. */
  readonly #before = made('slot', {});
  #wish: Wish | null = null;
  /** The language that was wished for: the page's, or the reader's. */
  #wished = '';
  #doors: Refresher | null = null;
  /** What is shown, to see what has changed. */
  #rows: Row[] = [];

  connectedCallback(): void {
    this.#doors ??= this.#begin();
    this.#doors.watch(true);
  }

  #begin(): Refresher {
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.replaceChildren(this.#trouble, this.#list, this.#before);
    // The page's language counts before the browser's.
    this.#wished = this.closest<HTMLElement>('[lang]')?.lang ?? navigator.language;
    const base = new URL(this.getAttribute('comune') ?? HOME, HOME).origin;
    this.#wish = { base, language: pageLanguage(this.#wished, []), offices: this.getAttribute('offices')?.split(/[\s,]+/u).filter(Boolean) ?? [], topic: this.getAttribute('topic') };
    return refresher(`${base}/api/comune?neighbours=false`, (body) => this.#show(body), (is) => this.#mind(is), 0);
  }

  disconnectedCallback(): void {
    this.#doors?.watch(false);
  }

  /** Shows what a body says; whether it says anything. */
  #show(body: unknown): boolean {
    const told = toldBy(body);
    if (told === null || this.#wish === null) return false;
    const language = this.#speak(pageLanguage(this.#wished, told.languages));
    const rows = rowsOf(told, this.#wish, texts[language]);
    // Whoever is on a button stays on it: where the buttons are the same, their words alone change.
    const same = rows.length === this.#rows.length && rows.every(({ href, name }, at) => href === this.#rows[at]?.href && name === this.#rows[at].name);
    this.#rows = rows;
    if (!same) this.#list.replaceChildren(...rows.map(({ href, name }) => made('li', {}, made('a', { href }, made('strong', {}, name), ' ', made('span', {})))));
    const links = [...this.#list.querySelectorAll('a')];
    rows.forEach(({ state, door, time }, at) => {
      const link = links[at];
      const words = `${door}, ${time}`;
      if (link?.lastChild == null || link.lastChild.textContent === words) return;
      link.className = state;
      link.lastChild.textContent = words;
    });
    this.#list.ariaLabel = say(texts[language], 'title.list');
    this.#before.hidden = true;
    return true;
  }

  /** Says that the reception does not answer; with the way to its own page where there is nothing else to show. */
  #mind(is: boolean): void {
    this.#trouble.hidden = !is;
    if (!is || this.#wish === null) return;
    const { base, language } = this.#wish;
    const heard = this.#before.hidden;
    const words = heard ? say(texts[language], 'list.stale') : say(texts[language], 'around.away', { name: new URL(base).host });
    this.#trouble.replaceChildren(words, ...(heard ? [] : [' ', made('a', { href: `${base}/` }, say(texts[language], 'around.own'))]));
    this.#speak(language);
  }

  /** The page around may speak another language. */
  #speak(language: Language): Language {
    if (this.#wish !== null) this.#wish.language = language;
    this.#list.lang = this.#trouble.lang = language;
    return language;
  }
}

// A page may load this twice.
if (customElements.get(NAME) === undefined) customElements.define(NAME, Offices);
