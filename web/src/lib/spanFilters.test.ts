import { describe, expect, it } from "vitest";
import { NO_SPAN_FILTERS, rangeName, spanAddress, spanChips, spanFiltersOf, withTyped } from "./spanFilters";

describe("a range of time", () => {
  it("has its name for a while, as long as it ends now", () => {
    const [now, hour] = [1_800_000_000_000, 3_600_000];
    expect([rangeName(null, null, now), rangeName(now - 24 * hour, null, now), rangeName(now - 24.5 * hour, null, now), rangeName(now - 24 * hour, now, now), rangeName(now - 5 * hour, null, now), rangeName(null, now, now)])
      .toEqual(["all", "24h", "24h", "", "", ""]);
  });
});

describe("the filters of the spans", () => {
  it("survive the address", () => {
    const filters = { ...NO_SPAN_FILTERS, q: "a b", type: ["TOOL", "SPAN"], attribute: ["k=a&b", "k!=ü"], duration_from: 500, range: null };
    expect(spanFiltersOf(new URLSearchParams(spanAddress(filters).toString()))).toEqual(filters);
    expect(spanFiltersOf(new URLSearchParams("range=never&duration_from=x"))).toEqual(NO_SPAN_FILTERS);
  });

  it("are typed as attributes, as a duration, or as text", () => {
    expect(withTyped(NO_SPAN_FILTERS, "service.name = front-desk").attribute).toEqual(["service.name=front-desk"]);
    expect(withTyped(NO_SPAN_FILTERS, "http.status_code!=200").attribute).toEqual(["http.status_code!=200"]);
    expect(withTyped(NO_SPAN_FILTERS, ">2 s").duration_from).toBe(2000);
    expect(withTyped(NO_SPAN_FILTERS, "find slots").q).toBe("find slots");
    const once = withTyped(NO_SPAN_FILTERS, "a=1");
    expect(withTyped(once, "a=1").attribute).toEqual(["a=1"]);
  });

  it("are chips that each drop one", () => {
    const filters = { ...NO_SPAN_FILTERS, level: ["ERROR"], attribute: ["a!=b=c"], duration_from: 500 };
    const chips = spanChips(filters);
    expect(chips.map((chip) => `${chip.name} ${chip.verb} ${chip.value}`)).toEqual(["status is error", "a is not b=c", "duration over 500 ms"]);
    expect(chips[1].without).toEqual({ ...filters, attribute: [] });
  });
});
