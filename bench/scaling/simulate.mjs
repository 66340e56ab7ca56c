// An event simulation of a run on a cluster, fed with costs that were measured. Pure: numbers in, numbers out.

/** Of a share of a map's assembly, as the program has it by default. */
export const SHARE_MEGAPIXELS = 256;

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
 * @param costs seconds: sessionStart, slotStart (a slot's first task), engineRegion (a slot waits for its next region);
 *   of a core: readMegapixel, encodeMegapixel, regionCore, engineCore (a region's, beside the slot); contention (see createServers); publishScene (of each share), publishMegapixel (assembly in shares of shareMegapixels, by whichever slots come first); of the coordinator: outcome.
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

  /** Scenes that are complete, and slots (as their devices) that have nothing to do. */
  const complete = [];
  const idle = [];
  let assemblySeconds = 0;

  const outcome = (now, scene) =>
    coordinator.use(now, costs.outcome, (time) => {
      end = Math.max(end, time);
      left[scene] -= 1;
      if (left[scene] > 0) return;
      for (let share = sharesOf(scenes[scene], costs); share > 0; share -= 1) complete.push(scene);
      while (complete.length > 0 && idle.length > 0) serve(time, idle.pop());
    });

  const assemble = (now, device, scene) => {
    const seconds =
      costs.publishScene + (costs.publishMegapixel * scenes[scene]) / sharesOf(scenes[scene], costs);
    assemblySeconds += seconds;
    coreServers[Math.floor(device / cluster.devicesPerHost)].use(now, seconds, (time) => {
      end = Math.max(end, time);
      serve(time, device);
    });
  };

  const serve = (now, device) => {
    const ready = complete.shift();
    if (ready !== undefined) {
      assemble(now, device, ready);
      return;
    }
    if (next >= regions.count) {
      idle.push(device);
      return;
    }
    const at = next++;
    const [megapixels, scene] = [regions.megapixels[at], regions.scene[at]];
    const host = Math.floor(device / cluster.devicesPerHost);
    coreServers[host].use(now, costs.engineCore, () => undefined);
    const rows = costs.rowsPerRegion;
    const row = megapixels / rows;
    const compute = deviceServers[device];
    const cores = coreServers[host];
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
    };
    const readNext = (time) =>
      read(time, (done) => {
        readUpTo += 1;
        step(done);
      });
    const encode = (time) =>
      cores.use(time, megapixels * costs.encodeMegapixel + costs.regionCore, (done) => {
        const free = done + costs.engineRegion;
        agenda.add(free, (moment) => {
          finished.push(moment);
          outcome(moment, scene);
          serve(moment, device);
        });
      });
    readNext(now);
  };

  for (let device = 0; device < devices; device++) {
    for (let slot = 0; slot < cluster.slotsPerDevice; slot++)
      agenda.add(start + costs.slotStart, (time) => serve(time, device));
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
