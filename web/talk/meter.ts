// A share from 0 to 1 as a bar, a number and a word; perhaps with a tick from where on it counts.
import { h } from "./dom";

export class Meter {
  private readonly fill = h("i");
  private readonly tick = h("u", { hidden: "" });
  private readonly number = h("b", { class: "num" });
  private readonly word = h("span", { class: "dim" });
  readonly element: HTMLElement;

  constructor(label: string, kind: string) {
    this.element = h("div", { class: `meter-row ${kind}` }, h("span", { class: "sub" }, label), h("span", { class: "meter-bar", "aria-hidden": "true" }, this.fill, this.tick), this.number, this.word);
  }

  show(share: number, word: string, from?: number): void {
    const within = Math.min(1, Math.max(0, share));
    this.fill.style.transform = `scaleX(${within.toFixed(2)})`;
    this.number.textContent = within.toFixed(2);
    this.word.textContent = word;
    this.tick.hidden = from === undefined;
    if (from !== undefined) this.tick.style.left = `${(Math.min(1, Math.max(0, from)) * 100).toFixed(0)}%`;
  }
}
