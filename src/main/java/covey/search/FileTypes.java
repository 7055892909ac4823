package covey.search;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Families of file types, by extension: what people mean by "an image". */
final class FileTypes {
    /** Not an extension: what is shared as a folder. */
    static final String FOLDER = "folder";

    private static final Map<String, List<String>> FAMILIES = new TreeMap<>(Map.of(
            "image", words("jpg jpeg png gif webp heic heif avif tif tiff bmp svg raw cr2 nef arw dng ico psd"),
            "video", words("mp4 mkv webm mov avi m4v mpg mpeg wmv flv ts ogv 3gp"),
            "audio", words("mp3 flac ogg opus m4a aac wav wma aiff mid midi"),
            "text", words("txt md rst adoc log csv tsv json xml yaml yml toml ini conf tex srt"),
            "document", words("pdf doc docx odt rtf ppt pptx odp xls xlsx ods epub djvu ps"),
            "archive", words("zip tar gz tgz bz2 xz zst 7z rar iso img deb rpm jar dmg"),
            "code", words("java c h cc cpp hpp rs go py js ts tsx sh rb php kt scala swift cs sql html css")));

    private FileTypes() {}

    private static List<String> words(String text) {
        return List.of(text.split(" "));
    }

    static Set<String> families() {
        Set<String> names = new TreeSet<>(FAMILIES.keySet());
        names.add(FOLDER);
        return names;
    }

    /** The family's extensions; what is no family is an extension. */
    static List<String> extensions(String type) {
        return FAMILIES.getOrDefault(type, List.of(type));
    }
}
