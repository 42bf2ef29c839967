/** What all test files share: where their homeservers come from. */
import { openNursery } from '@portineria/synapse/nursery';

export default openNursery;
