// Prices of models: the project's own before the built-in ones, and what was used without one.
import { type FormEvent, useState } from "react";
import { useChange, usePrices } from "../../api/settings";
import type { NewPrice, Price } from "../../api/types";
import { Pill } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { ago, count, plural } from "../../lib/format";
import { Asked, Fault, Section, Sure } from "./parts";

const MOST = 60;
/** Prices are a millionth part of a token; they are read by the million. */
const perMillion = (usd: number, unit: Price["unit"]) => (unit === "TOKENS" ? `$${(usd * 1e6).toLocaleString("en-US", { minimumFractionDigits: usd * 1e6 % 1 === 0 ? 0 : 2, maximumFractionDigits: 4 })} / M` : `$${usd.toLocaleString("en-US", { maximumFractionDigits: 8 })}`);
const useNewPrice = () => useChange<NewPrice>("POST", () => "prices");
const useRemovePrice = () => useChange<{ id: string }>("DELETE", ({ id }) => `prices/${encodeURIComponent(id)}`);

function Row({ price }: { price: Price }) {
  const remove = useRemovePrice();
  return (
    <tr>
      <td><b>{price.name}</b> {price.own && <Pill tone="accent">own</Pill>}<Fault error={remove.error} /></td>
      <td className="sub">{price.unit.toLowerCase()}</td>
      <td className="num">{Object.entries(price.prices).slice(0, 4).map(([unit, usd]) => <span key={unit} className="price"><span className="dim">{unit}</span> {perMillion(usd, price.unit)}</span>)}{price.tiers > 1 && <span className="dim"> {price.tiers} tiers</span>}</td>
      <td className="r">{price.own && <Sure word="remove" label={`Remove the price of ${price.name}`} busy={remove.isPending} act={() => remove.mutate({ id: price.id })} />}</td>
    </tr>
  );
}

export function PricesSection() {
  const query = usePrices();
  const add = useNewPrice();
  const [find, setFind] = useState("");
  const [name, setName] = useState("");
  const models = (query.data?.models ?? []).filter((model) => model.name.toLowerCase().includes(find.trim().toLowerCase()));
  const unpriced = query.data?.unpriced ?? [];
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const unit = form.get("unit") as NewPrice["unit"];
    const price = (field: string) => (form.get(field) === "" ? undefined : Number(form.get(field)) / (unit === "TOKENS" ? 1e6 : 1));
    add.mutate({ name, unit, input_price: price("input"), output_price: price("output") }, { onSuccess: () => setName("") });
  };
  return (
    <>
      {unpriced.length > 0 && (
        <Section title="Used without a price" note="last 7 days · their cost is unknown, not zero">
          <div className="span-table" role="group" aria-label="Used without a price" tabIndex={0}><table><thead><tr><th>Model</th><th>Provider</th><th className="r">Spans</th><th>Last</th><th><span className="visually-hidden">Price</span></th></tr></thead><tbody>
            {unpriced.map((entry) => <tr key={entry.model}><td><i className={`sq m-${entry.stage}`} /> <b>{entry.model}</b></td><td className="sub">{entry.provider ?? "–"}</td><td className="r num">{count(entry.spans)}</td><td className="sub num">{ago(entry.last)}</td><td className="r"><button type="button" className="quiet" onClick={() => setName(entry.model)}>give a price</button></td></tr>)}
          </tbody></table></div>
        </Section>
      )}
      <Section title="Prices" note={query.data && `${plural(query.data.models.length, "model")} · new usage only`}>
        <form className="inline-form" onSubmit={submit}>
          <input className="field" required value={name} maxLength={200} placeholder="Model" aria-label="Model" onChange={(event) => setName(event.target.value)} />
          <label className="btn select"><select name="unit" aria-label="Unit" defaultValue="TOKENS"><option value="TOKENS">$ per million tokens</option><option value="CHARACTERS">$ per character</option><option value="SECONDS">$ per second</option></select></label>
          <input className="field short" name="input" type="number" min={0} step="any" placeholder="Input" aria-label="Input price" /><input className="field short" name="output" type="number" min={0} step="any" placeholder="Output" aria-label="Output price" />
          <button type="submit" className="btn primary" disabled={add.isPending}>Set price</button>
        </form>
        <Fault error={add.error} />
        <Asked query={query}>
          <label className="search settings-search"><Icon name="search" size={15} /><input type="search" aria-label="Find a model" placeholder="Find a model" value={find} onChange={(event) => setFind(event.target.value)} /></label>
          <div className="span-table" role="group" aria-label="Prices" tabIndex={0}><table><thead><tr><th>Model</th><th>Unit</th><th>Price</th><th><span className="visually-hidden">Remove</span></th></tr></thead>
            <tbody>{models.slice(0, MOST).map((price) => <Row key={price.id} price={price} />)}</tbody></table></div>
          {models.length > MOST && <p className="dim none">{plural(models.length - MOST, "more model")}: find them by name.</p>}
        </Asked>
      </Section>
    </>
  );
}
