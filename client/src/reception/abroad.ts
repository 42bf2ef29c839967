/** What is shown of other comuni: loaded where there are any, so that it weighs on no other page. */
import AroundNames from './AroundNames.vue';
import NeighboursState from './NeighboursState.vue';
import PlaceNote from './PlaceNote.vue';

export const ABROAD = { names: AroundNames, neighbours: NeighboursState, note: PlaceNote };
