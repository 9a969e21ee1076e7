/** Milliseconds of the demo for one minute of the seed's examples. */
export const msPerSeedMinute = 400;
