import { Modal } from "./bits";

const KEYS: [string, [string, string][]][] = [
  ["Everywhere", [["⌘ K", "command menu"], ["G C", "conversations"], ["G V", "live"], ["G L", "latency"], ["G S", "spans"], ["T", "dark or light"], ["?", "this list"], ["esc", "close"]]],
  ["List", [["/", "search"], ["J K", "next, previous"], ["↵", "open"], ["space", "peek"], ["X", "select"], ["C", "compare the two selected"]]],
  ["Conversation", [["space", "play, pause"], [", .", "a second back, on"], ["S", "skip silence"], ["[ ]", "previous, next turn"], ["+ −", "zoom the lanes; 0: the whole call"], ["/", "find in the transcript"], ["A", "score or comment"], ["← →", "previous, next span"], ["J K", "next, previous conversation"], ["esc", "back to the list"]]],
];

export function KeysHelp({ close }: { close: () => void }) {
  return (
    <Modal label="Keys" className="menu keys" onClose={close}>
      <h2>Keys</h2>
      {KEYS.map(([place, keys]) => (
        <section key={place}>
          <h3>{place}</h3>
          <dl>
            {keys.map(([key, meaning]) => (
              <div key={key}><dt>{key.split(" ").map((part) => <kbd key={part}>{part}</kbd>)}</dt><dd>{meaning}</dd></div>
            ))}
          </dl>
        </section>
      ))}
    </Modal>
  );
}
