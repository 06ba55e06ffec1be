/** Quantities in words, as the library has them. */

export { callsText, copiesText, durationText, rateText } from '../lib/quantity'
export { sizeText } from '../lib/receipt'
