// An event simulation of a run on a cluster, fed with costs that were measured. Pure: numbers in, numbers out.

/** Of a share of a map's assembly, as the program has it by default. */
export const SHARE_MEGAPIXELS = 256;
/** Regions that are short share a Spark task of so many seconds, of fewer at the end (see SparkJobs). */
const TASK_SECONDS = 3;
const LEAST_TASK_SECONDS = 0.5;
const MOST_REGIONS = 512;
/** Regions of a task that a worker has at once: one is computed, and the next read or the last written. */
const AT_ONCE = 2;

/** Events in order of time; equal times in order of arrival, so that a simulation is repeatable. */
function createAgenda() {
  const heap = [];
  let count = 0;
  return {
    add(time, act) {
      const entry = { time, order: count++, act };
      let at = heap.push(entry) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(entry, heap[parent])) break;
        heap[at] = heap[parent];
        at = parent;
      }
      heap[at] = entry;
    },
    take() {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length > 0) sink(heap, last);
      return first;
    },
  };
}

/** Puts an entry in the place of the first, which is gone. */
function sink(heap, entry) {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child += 1;
    if (!before(heap[child], entry)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = entry;
}

const before = (a, b) => a.time < b.time || (a.time === b.time && a.order < b.order);

/**
 * So many equal servers and one queue, first come first served: `use` calls `then(time)` once one has worked for `seconds`,
 * or for up to `contention` times as long where the others are at work, too (cores share caches, memory, and each other).
 */
function createServers(count, agenda, contention = 1) {
  let free = count;
  let waiting = [];
  let head = 0;
  const servers = { busySeconds: 0, use };

  function use(now, seconds, then) {
    if (free === 0) {
      waiting.push([seconds, then]);
      return;
    }
    free -= 1;
    const others = count > 1 ? (count - free - 1) / (count - 1) : 0;
    const taken = seconds * (1 + (contention - 1) * others);
    servers.busySeconds += taken;
    agenda.add(now + taken, (time) => {
      free += 1;
      const next = waiting[head];
      if (next !== undefined) {
        head += 1;
        if (head > 4096 && head * 2 > waiting.length) [waiting, head] = [waiting.slice(head), 0];
        use(time, ...next);
      }
      then(time);
    });
  }
  return servers;
}

/**
 * @param cluster hosts, each with devicesPerHost devices, coresPerHost cores; slotsPerDevice workers share a device;
 *   deviceMegapixelsPerSecond of network input; storageBytesPerSecond of all hosts together (Infinity: no limit).
 * @param costs seconds: sessionStart, slotStart (a slot's first task), engineRegion (a slot waits for each region of a Spark task, before it);
 *   of a core: readMegapixel, encodeMegapixel, regionCore, engineCore (a region's, beside the slot); contention (see
 *   createServers); publishScene (of each share), publishMegapixel (assembly in shares of shareMegapixels, by whichever slots
 *   come first), sealScene (after the last of several shares); of the coordinator: outcome.
 *   bytesPerPixel read, overlap (pixels computed / kept), rowsPerRegion (chip rows; the next is read while one computes).
 * @param scenes megapixels of each, in the order in which they are mapped; regionMegapixels.
 * @returns seconds (session included), computeSeconds (from the moment the session is there), deviceUse (share of that time).
 */
export function simulate({ cluster, costs, scenes, regionMegapixels }) {
  const agenda = createAgenda();
  const devices = cluster.hosts * cluster.devicesPerHost;
  const deviceServers = Array.from({ length: devices }, () => createServers(1, agenda));
  const coreServers = Array.from({ length: cluster.hosts }, () =>
    createServers(cluster.coresPerHost, agenda, costs.contention),
  );
  const storage = createServers(1, agenda);
  const coordinator = createServers(1, agenda);
  const start = costs.sessionStart;
  const regions = regionsOf(scenes, regionMegapixels);
  const left = new Float64Array(scenes.length);
  for (const scene of regions.scene) left[scene] += 1;
  let next = 0;
  let end = start;
  const finished = [];

  /** What is to be put together: shares of scenes that are complete, and seals; and slots that have nothing to do. */
  const ready = [];
  const idle = [];
  const sharesLeft = scenes.map((megapixels) => sharesOf(megapixels, costs));
  let assemblySeconds = 0;

  const prepare = (now, tasks) => {
    ready.push(...tasks);
    while (ready.length > 0 && idle.length > 0) serve(now, idle.pop());
  };
  const outcome = (now, scene) =>
    coordinator.use(now, costs.outcome, (time) => {
      end = Math.max(end, time);
      left[scene] -= 1;
      if (left[scene] > 0) return;
      const seconds =
        costs.publishScene + (costs.publishMegapixel * scenes[scene]) / sharesOf(scenes[scene], costs);
      prepare(
        time,
        Array.from({ length: sharesLeft[scene] }, () => ({ scene, seconds, isShare: true })),
      );
    });

  const assemble = (now, slot, { scene, seconds, isShare }) => {
    assemblySeconds += seconds;
    coresOf(slot).use(now, seconds, (time) => {
      end = Math.max(end, time);
      sharesLeft[scene] -= isShare ? 1 : 0;
      if (isShare && sharesLeft[scene] === 0 && sharesOf(scenes[scene], costs) > 1)
        prepare(time, [{ scene, seconds: costs.sealScene, isShare: false }]);
      serve(time, slot);
    });
  };

  const hostOf = ({ device }) => Math.floor(device / cluster.devicesPerHost);
  const coresOf = (slot) => coreServers[hostOf(slot)];
  const dealer = createDealer(devices * cluster.slotsPerDevice);

  /** A slot without a task gets one: of assembly, else some regions. */
  const serve = (now, slot) => {
    const task = ready.shift();
    if (task !== undefined) {
      assemble(now, slot, task);
      return;
    }
    const count = dealer.deal(regions.count - next);
    if (count === 0) {
      idle.push(slot);
      return;
    }
    Object.assign(slot, { next, end: next + count, out: 0, room: true, count, since: now });
    next += count;
    agenda.add(now + count * costs.engineRegion, (time) => goOn(time, slot));
  };

  /** The next region of a slot's task, where its worker has room for it; another task after the last. */
  const goOn = (now, slot) => {
    if (slot.next < slot.end && slot.out < AT_ONCE && (slot.room || slot.out === 0)) {
      slot.out += 1;
      slot.room = false;
      map(now, slot, slot.next++);
    } else if (slot.next === slot.end && slot.out === 0) {
      dealer.told((now - slot.since) / slot.count);
      serve(now, slot);
    }
  };

  const map = (start, slot, at) => {
    const [megapixels, scene] = [regions.megapixels[at], regions.scene[at]];
    const cores = coresOf(slot);
    cores.use(start, costs.engineCore, () => undefined);
    const rows = costs.rowsPerRegion;
    const row = megapixels / rows;
    const compute = deviceServers[slot.device];
    const read = (time, then) =>
      storage.use(time, (row * 1e6 * costs.bytesPerPixel) / cluster.storageBytesPerSecond, (fetched) =>
        cores.use(fetched, row * costs.readMegapixel, then),
      );
    // Row by row: a row is computed when it is read and the row before it is computed.
    let readUpTo = 0;
    let computed = 0;
    let computing = false;
    const step = (time) => {
      if (computing || computed >= readUpTo) return;
      computing = true;
      if (readUpTo < rows) readNext(time);
      compute.use(time, (row * costs.overlap) / cluster.deviceMegapixelsPerSecond, (done) => {
        computing = false;
        computed += 1;
        if (computed < rows) step(done);
        else encode(done);
      });
      if (computed < rows - 1) return;
      slot.room = true;
      goOn(time, slot);
    };
    const readNext = (time) =>
      read(time, (done) => {
        readUpTo += 1;
        step(done);
      });
    const encode = (time) =>
      cores.use(time, megapixels * costs.encodeMegapixel + costs.regionCore, (done) => {
        finished.push(done);
        outcome(done, scene);
        slot.out -= 1;
        goOn(done, slot);
      });
    readNext(start);
  };

  for (let device = 0; device < devices; device++) {
    for (let slot = 0; slot < cluster.slotsPerDevice; slot++)
      agenda.add(start + costs.slotStart, (time) => serve(time, { device }));
  }
  for (let event = agenda.take(); event !== undefined; event = agenda.take()) event.act(event.time);
  const computeSeconds = end - start;
  finished.sort((a, b) => a - b);
  const at = (share) => finished[Math.floor(share * finished.length)] ?? 0;
  const busy = deviceServers.reduce((sum, { busySeconds }) => sum + busySeconds, 0);
  return {
    seconds: end,
    computeSeconds,
    /** From the 10th to the 90th percentile of the moments at which regions are finished. */
    steadySeconds: at(0.9) - at(0.1),
    deviceUse: busy / (devices * computeSeconds),
    assemblySeconds,
    coordinatorBusySeconds: coordinator.busySeconds,
  };
}

/** How many regions a Spark task gets, from how long they take (see SparkJobs). */
function createDealer(slots) {
  let secondsPerRegion = null;
  const lasting = (seconds) =>
    secondsPerRegion === null ? 1 : Math.floor(seconds / Math.max(1e-3, secondsPerRegion));
  return {
    told(seconds) {
      secondsPerRegion = ((secondsPerRegion ?? seconds) + seconds) / 2;
    },
    deal(left) {
      const fair = Math.max(Math.ceil(left / (3 * slots)), lasting(LEAST_TASK_SECONDS));
      return Math.min(left, Math.max(1, Math.min(lasting(TASK_SECONDS), fair, MOST_REGIONS)));
    },
  };
}

/** Large maps are put together by several slots, each a share of so many megapixels at most. */
const sharesOf = (megapixels, { shareMegapixels }) =>
  Math.max(1, Math.min(64, Math.ceil(megapixels / shareMegapixels)));

/** Regions of all scenes: their megapixels and scene, the last of each scene what is left. */
function regionsOf(scenes, regionMegapixels) {
  const count = scenes.reduce((sum, megapixels) => sum + Math.ceil(megapixels / regionMegapixels), 0);
  const [megapixels, scene] = [new Float64Array(count), new Int32Array(count)];
  let at = 0;
  scenes.forEach((whole, index) => {
    for (let left = whole; left > 1e-9; left -= regionMegapixels) {
      megapixels[at] = Math.min(regionMegapixels, left);
      scene[at++] = index;
    }
  });
  return { count: at, megapixels, scene };
}
