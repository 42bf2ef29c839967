/** Whoever opens the door here has their hands free: this page may follow by itself, where that was wished in this browser. */
import { ref } from 'vue';
import { get, put, shelfOf } from '../kept/shelf.ts';

const WISH = 'portineria.desk.follow';
const shelf = shelfOf('localStorage');

/** Whether this page enters a visit by itself as soon as its clerk opens the door. */
export const follows = ref(get(shelf, WISH) === true);

export function turnFollowing(): void {
  follows.value = !follows.value;
  put(shelf, WISH, follows.value);
}
