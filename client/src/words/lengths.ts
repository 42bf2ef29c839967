/** How long a visitor's words may be: the limits of config/api, without the schema library that comes with them. A test compares. */
export const LENGTHS = { name: 80, topic: 500 } as const;
