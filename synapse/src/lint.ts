/** `npm run lint`: holds the code to its rules and finds what nobody uses. With arguments, which go to ESLint (`--fix`, a folder), the rules alone. */
import { rules, unused } from './linters.ts';
import { complain } from './progress.ts';

try {
  const args = process.argv.slice(2);
  const found = [await rules(args), ...(args.length === 0 ? [await unused()] : [])];
  process.exit(found.every(({ isWell }) => isWell) ? 0 : 1);
} catch (error) {
  complain(error);
  process.exit(1);
}
