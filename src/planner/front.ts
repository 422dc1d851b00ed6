import type { Option } from "./option.ts";

const worseOrEqual = (a: Option, b: Option): boolean =>
  // Where no price was declared, a spare instance is still not free.
  (a.usdPerMonth > b.usdPerMonth || (a.usdPerMonth === b.usdPerMonth && a.spare >= b.spare)) &&
  a.unavailability >= b.unavailability &&
  a.rto.worstS >= b.rto.worstS &&
  a.rpoS >= b.rpoS;

const same = (a: Option, b: Option): boolean => worseOrEqual(a, b) && worseOrEqual(b, a);

/**
 * Pareto front over cost, availability, RTO and RPO: options of which no other is at least as good in all four and
 * better in one. Of equal ones the first. Cheapest first.
 */
export function paretoFront(options: readonly Option[]): readonly Option[] {
  return options
    .filter((option, index) =>
      options.every((other, place) => {
        if (other === option || !worseOrEqual(option, other)) return true;
        return same(option, other) && place > index;
      }),
    )
    .sort((a, b) => a.usdPerMonth - b.usdPerMonth || a.rto.worstS - b.rto.worstS);
}

export type ShadowPrice = {
  readonly what: string;
  /** null: no option gives it. */
  readonly usdPerMonth: number | null;
};

/** What more would cost: the cheapest option of `options` that still meets the rest, compared with the chosen one. */
export function shadowPrices(chosen: Option, options: readonly Option[]): readonly ShadowPrice[] {
  const cheapest = (better: (option: Option) => boolean): number | null => {
    const found = options.filter((option) => better(option) && option.rpoS <= chosen.rpoS);
    return found.length === 0 ? null : Math.min(...found.map((option) => option.usdPerMonth)) - chosen.usdPerMonth;
  };
  const prices: ShadowPrice[] = [
    {
      what: "one more nine of availability",
      usdPerMonth: cheapest(
        (option) => option.unavailability <= chosen.unavailability / 10 && option.rto.worstS <= chosen.rto.worstS,
      ),
    },
    {
      what: "half the RTO",
      usdPerMonth: cheapest(
        (option) => option.rto.worstS <= chosen.rto.worstS / 2 && option.unavailability <= chosen.unavailability,
      ),
    },
  ];
  if (chosen.rpoS > 0)
    prices.push({
      what: "an RPO of 0",
      usdPerMonth:
        options
          .filter((option) => option.rpoS === 0)
          .map((option) => option.usdPerMonth - chosen.usdPerMonth)
          .sort((a, b) => a - b)[0] ?? null,
    });
  return prices;
}
