/**
 * Numbers with their unit. A plain number may stand for any of them, because that is what arithmetic gives, but one unit
 * is never taken for another: seconds where hours are wanted, or an availability where an unavailability is, do not compile.
 */
type In<Unit extends string> = number & { readonly unit?: Unit };

/** Share of time in which it is up, 0 to 1. */
export type Availability = In<"availability">;
/** Share of time in which it is down, 0 to 1: what is computed with, because 1 − 10⁻¹² keeps no digits of the part that matters. */
export type Unavailability = In<"unavailability">;
/** A share of cases, 0 to 1. */
export type Probability = In<"probability">;
export type Milliseconds = In<"ms">;
export type Seconds = In<"s">;
export type Hours = In<"h">;
export type PerSecond = In<"1/s">;
export type PerHour = In<"1/h">;

/** A length of time in whatever unit, where only the ratio counts. */
export type Time = Milliseconds | Seconds | Hours;
