/**
 * fast-check, which draws the cases of the property tests: the same ones in each run, so that whoever changed nothing sees nothing fail.
 * `CASES=N npm test` draws others: any whole number.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['CASES'] ?? 0) });

export { default } from 'fast-check';
