// Elements without a framework. Text is always set as text: what people say is never markup.

type Child = Node | string | null;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

// Icons as strokes of a 16 by 16 grid.
const kIcons = {
  mic: "M8 1.8a2.2 2.2 0 0 1 2.2 2.2v3.6a2.2 2.2 0 0 1-4.4 0V4A2.2 2.2 0 0 1 8 1.8M3.6 7.4a4.4 4.4 0 0 0 8.8 0M8 11.8v2.4",
  send: "M13 4v3a2 2 0 0 1-2 2H3.500M6.500 6 3.500 9l3 3",
  logo: "M2.500 8v0M5.300 5.300v5.400M8 3v10M10.700 5.300v5.400M13.500 8v0",
} as const;

export function icon(name: keyof typeof kIcons, size: number): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", width: `${size}`, height: `${size}`, "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  for (const [key, value] of Object.entries({ d: kIcons[name], fill: "none", stroke: "currentColor", "stroke-width": "1.5", "stroke-linecap": "round" })) {
    path.setAttribute(key, value);
  }
  svg.append(path);
  return svg;
}
