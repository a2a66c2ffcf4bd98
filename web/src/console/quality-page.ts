// What the console loads when it is first needed.
export { lookupDialog } from './lookup-view';
export { quality } from './quality-view';
