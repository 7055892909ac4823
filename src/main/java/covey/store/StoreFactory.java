package covey.store;

import java.nio.file.Path;

/** Opens stores that are disposable: whatever they hold can be rebuilt from a checkpoint and a log. */
public interface StoreFactory {
    /** Opens an empty store in the folder; what was there is deleted. */
    OrderedStore empty(Path folder);

    /**
     * Opens a store in the folder with the content of a checkpoint (see {@link OrderedStore#checkpoint}), which stays
     * as it is; what was in the folder is deleted. Throws {@link StoreException} when the checkpoint is damaged.
     */
    OrderedStore copyOf(Path checkpoint, Path folder);
}
